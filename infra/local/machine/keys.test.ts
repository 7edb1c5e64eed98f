import { utils } from "ssh2";
import { makeKeyPair } from "./keys";

/** What the generator makes when the key begins with a zero byte: one byte short. */
const SHORT = `ssh-ed25519 ${Buffer.concat([
  Buffer.from([0, 0, 0, 11]),
  Buffer.from("ssh-ed25519"),
  Buffer.from([0, 0, 0, 31]),
  Buffer.alloc(31, 7),
]).toString("base64")}`;

test("a pair that OpenSSH cannot read is never handed out", () => {
  const generate = jest.spyOn(utils, "generateKeyPairSync");
  generate.mockImplementationOnce(() => ({ private: "unreadable", public: SHORT }));
  expect(makeKeyPair().privateKey).not.toBe("unreadable");
  expect(generate).toHaveBeenCalledTimes(2);
  generate.mockRestore();
});
