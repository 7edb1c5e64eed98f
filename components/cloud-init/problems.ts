import type { InputPropertyErrorDetails } from "@pulumi/pulumi";
import type { Download, UserDataArgs } from "./args";

const URL = /^https?:\/\/[^\s/]+\/\S+$/;
const SHA256 = /^[0-9a-f]{64}$/;
const FILE = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const REGION = /^[a-z]{2,}(-[a-z]+)+-\d$/;
const UNIT = /^[A-Za-z0-9:_.@-]+\.(service|target)$/;
/** What stands in a form's field as it is. */
const PLAIN = /^[A-Za-z0-9_.~-]+$/;
/** Names in the folder that are the bootstrap's own. */
const OWN_FILES = [
  "bootstrap.sh",
  "inputs",
  "join.sh",
  "joined",
  "result",
  "status",
  "step",
  "transaction.inputs",
  "transaction.sh",
];

/** What is wrong with the arguments, all of it. */
export function userDataProblems(args: UserDataArgs): InputPropertyErrorDetails[] {
  const { payload, transaction, join, lifecycleHook, after = [], gates = [], deadlineSeconds = 900 } = args;
  const files = Object.entries(join?.files ?? {});
  const checks: [string, string, boolean, string][] = [
    ...downloadChecks("payload", { ...payload, sha256: payload.manifest.sha256 }),
    ...(transaction === undefined
      ? []
      : downloadChecks("transaction", { ...transaction, sha256: payload.manifest.sha256 })),
    ...files.flatMap(([name, file]): [string, string, boolean, string][] => [
      [
        `join.files["${name}"]`,
        name,
        FILE.test(name) && !OWN_FILES.includes(name),
        `a file name, and none of ${OWN_FILES.join(", ")}`,
      ],
      ...downloadChecks(`join.files["${name}"]`, file),
    ]),
    ...[...after, ...gates].map((unit): [string, string, boolean, string] => [
      "after, gates",
      unit,
      UNIT.test(unit),
      "a systemd unit with its suffix, such as kubelet.service",
    ]),
    [
      "deadlineSeconds",
      `${deadlineSeconds}`,
      Number.isInteger(deadlineSeconds) && deadlineSeconds >= 60,
      "whole seconds, 60 or more",
    ],
    ...(lifecycleHook === undefined ? [] : hookChecks(lifecycleHook)),
  ];
  return checks.flatMap(([propertyPath, value, right, allowed]) =>
    right ? [] : [{ propertyPath, reason: `"${value}": write ${allowed}` }],
  );
}

function downloadChecks(path: string, { url, sha256, region }: Download): [string, string, boolean, string][] {
  return [
    [`${path}.url`, url, URL.test(url), "an http:// or https:// address of a file"],
    [`${path}.sha256`, sha256, SHA256.test(sha256), "64 hex digits in lower case"],
    [`${path}.region`, region ?? "", region === undefined || REGION.test(region), "a region such as eu-central-1"],
  ];
}

const hookChecks = ({
  name,
  group,
  region,
}: NonNullable<UserDataArgs["lifecycleHook"]>): [string, string, boolean, string][] => [
  ["lifecycleHook.name", name, PLAIN.test(name), "letters, digits and _ . ~ -"],
  ["lifecycleHook.group", group, PLAIN.test(group), "letters, digits and _ . ~ -"],
  ["lifecycleHook.region", region, REGION.test(region), "a region such as eu-central-1"],
];
