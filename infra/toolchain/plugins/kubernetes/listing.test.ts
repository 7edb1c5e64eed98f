import type { Call, Client } from "./client";
import { ApiError } from "./errors";
import { listAll } from "./listing";

const item = (name: string) => ({ metadata: { name } });
const expired = new ApiError(410, "Expired", "the continue token is too old");

/** A collection of two pages, whose server forgets where a listing was so many times. */
function collection(forgets: number): { client: Client; asked: (string | undefined)[] } {
  const asked: (string | undefined)[] = [];
  let left = forgets;
  const call = async ({ query }: Call) => {
    asked.push(query?.continue);
    if (query?.continue === undefined) return { items: [item("a")], metadata: { continue: "second" } };
    if (left-- > 0) throw expired;
    return { items: [item("b")], metadata: {} };
  };
  return { client: { call } as unknown as Client, asked };
}

test("a listing whose place the server forgot begins anew, and has nothing twice", async () => {
  const { client, asked } = collection(1);
  expect(await listAll(client, "/api/v1/pods")).toEqual([item("a"), item("b")]);
  expect(asked).toEqual([undefined, "second", undefined, "second"]);
});

test("a server that forgets every time is not asked for ever", async () => {
  const { client, asked } = collection(100);
  await expect(listAll(client, "/api/v1/pods")).rejects.toBe(expired);
  expect(asked).toHaveLength(6);
});

test("any other failure is told at once", async () => {
  const failure = new ApiError(403, "Forbidden", "no");
  const client = { call: () => Promise.reject(failure) } as unknown as Client;
  await expect(listAll(client, "/api/v1/pods")).rejects.toBe(failure);
});
