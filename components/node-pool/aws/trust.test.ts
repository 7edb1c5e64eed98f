import { machineTrust, SESSION_POLICY } from "./trust";

it("machines alone take the role", () => {
  expect(machineTrust()).toEqual({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } }],
  });
});

it("nothing is allowed to everybody, or everything to anybody", () => {
  expect(JSON.stringify(machineTrust())).not.toContain("*");
  expect(SESSION_POLICY).toBe("arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore");
});
