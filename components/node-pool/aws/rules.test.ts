import { cidrKey, MEMBER_RULES, SSH_RULE, WEB_RULES } from "./rules";

const ALL = [...MEMBER_RULES, SSH_RULE, ...WEB_RULES];

it("members reach API server, kubelet and VXLAN of each other, and nothing else", () => {
  expect(MEMBER_RULES.map(({ protocol, port }) => `${protocol} ${port}`)).toEqual([
    "tcp 6443",
    "tcp 10250",
    "udp 8472",
  ]);
});

it.each(ALL)("$key says what it is for, in letters that AWS takes", ({ description }) => {
  expect(description).toMatch(/^[A-Za-z0-9 ._\-:/()#,@[\]+=&;{}!$*]{10,255}$/);
});

it("every rule has a key of its own", () => expect(new Set(ALL.map(({ key }) => key)).size).toBe(ALL.length));

it("a network's key is one that a resource can be named by", () =>
  expect(cidrKey("192.0.2.0/24")).toBe("192-0-2-0-24"));
