import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, isForbidden, isTransient, UnreachableError } from "./errors";
import type { Access, ExecCredential } from "./kubeconfig";
import { isObject, type Properties, textAt } from "./values";

export interface Call {
  method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  path: string;
  query?: Record<string, string | undefined>;
  body?: Properties;
  /** Default `application/json`. */
  contentType?: string;
  /** Form of the answer that is asked for, such as metadata alone. Default `application/json`. */
  accept?: string;
  signal?: AbortSignal;
  /** How long transient failures are retried, in milliseconds. Default 0: no retry. */
  retryForMs?: number;
  /** Called before each further attempt. */
  retrying?: (error: Error) => void;
  /** Called for each warning that the server sends along. */
  warn?: (text: string) => void;
}

export interface WatchEvent {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: Properties;
}

const FIRST_RETRY_MS = 100;
const SLOWEST_RETRY_MS = 3_000;

/** An answer takes longer than this only when the connection is dead. */
const ANSWER_MS = 65_000;
const CONNECTIONS = 24;

/** A server that has begun to answer has its rules after seconds; one that also forbids `/readyz` is not waited for longer. */
const SETTLING_MS = 30_000;

/** Refreshed this long before it runs out, so that it lasts for the request. */
const CREDENTIAL_MARGIN_MS = 60_000;

/** A small Kubernetes REST client: JSON in, JSON out, keep-alive, retries, watches. */
export class Client {
  private agent: Agent | undefined;
  private credential: { token?: string; certificate?: string; key?: string; until: number } | undefined;
  private asking: Promise<void> | undefined;

  constructor(readonly access: Access) {}

  /**
   * Sends one request, again while failures look transient and `retryForMs` lasts.
   *
   * @throws ApiError for an answer that is no success, UnreachableError when there is none
   */
  async call(call: Call): Promise<Properties> {
    const begun = Date.now();
    const deadline = begun + (call.retryForMs ?? 0);
    for (let pause = FIRST_RETRY_MS; ; pause = Math.min(pause * 2, SLOWEST_RETRY_MS)) {
      try {
        return await this.once(call);
      } catch (error) {
        const wait = error instanceof ApiError && error.retryAfter ? error.retryAfter * 1000 : pause;
        if (call.signal?.aborted || Date.now() + wait > deadline) throw error;
        const settling = isForbidden(error) && Date.now() - begun < SETTLING_MS && !(await this.isReady(call.signal));
        if (!settling && !isTransient(error)) throw error;
        if (error instanceof Error) call.retrying?.(error);
        await sleep(wait, undefined, { signal: call.signal });
      }
    }
  }

  /** Streams changes from `resourceVersion` on; ends when the server ends the stream. */
  async watch(call: Call, onEvent: (event: WatchEvent) => void): Promise<void> {
    const response = await this.open({ ...call, query: { ...call.query, watch: "true" } });
    if ((response.statusCode ?? 500) >= 300) throw failure(response, await readAll(response), call);
    let rest = "";
    response.setEncoding("utf8");
    for await (const chunk of response) {
      rest += chunk as string;
      for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 1);
        if (line.trim()) onEvent(JSON.parse(line) as WatchEvent);
      }
    }
  }

  /** Drops idle connections so that the process can end. */
  close(): void {
    this.agent?.destroy();
  }

  private async once(call: Call): Promise<Properties> {
    const response = await this.open(call);
    const text = await readAll(response);
    if ((response.statusCode ?? 500) >= 300) throw failure(response, text, call);
    const warnings = response.headers.warning;
    if (warnings && call.warn) for (const text of warningTexts(warnings)) call.warn(text);
    return text === "" ? {} : (JSON.parse(text) as Properties);
  }

  /** False while the server starts: it answers before it has read its own rules, and then forbids everything. */
  private async isReady(signal?: AbortSignal): Promise<boolean> {
    try {
      const response = await this.open({ method: "GET", path: "/readyz", signal });
      await readAll(response);
      return response.statusCode === 200;
    } catch {
      return false;
    }
  }

  private async open(call: Call): Promise<IncomingMessage> {
    const { server } = this.access;
    await this.ensureCredential();
    const { request } = server.protocol === "https:" ? require("node:https") : require("node:http");
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const accept = call.accept ?? "application/json";
    const headers: Record<string, string> = { accept, "user-agent": "pulumi-resource-kubernetes" };
    const authorization = this.authorization();
    if (authorization) headers.authorization = authorization;
    if (body !== undefined) {
      headers["content-type"] = call.contentType ?? "application/json";
      headers["content-length"] = String(Buffer.byteLength(body));
    }
    const watching = call.query?.watch === "true";
    const options: RequestOptions = {
      method: call.method,
      path: target(server, call),
      host: server.hostname.replace(/^\[|\]$/g, ""),
      port: server.port || (server.protocol === "https:" ? 443 : 80),
      headers,
      agent: this.sharedAgent(),
      signal: call.signal,
      timeout: watching ? undefined : ANSWER_MS,
    };
    return new Promise((resolve, reject) => {
      const sent = request(options, resolve) as ClientRequest;
      sent.on("timeout", () => sent.destroy(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" })));
      sent.on("error", (error: Error & { code?: string }) => {
        if (call.signal?.aborted) reject(error);
        else reject(new UnreachableError(server.origin, error));
      });
      sent.end(body);
    });
  }

  private sharedAgent(): Agent {
    if (this.agent) return this.agent;
    const { access } = this;
    const common = { keepAlive: true, maxSockets: CONNECTIONS };
    if (access.server.protocol !== "https:") {
      const http = require("node:http") as typeof import("node:http");
      this.agent = new http.Agent(common);
    } else {
      const https = require("node:https") as typeof import("node:https");
      this.agent = new https.Agent({
        ...common,
        ca: access.ca,
        cert: access.clientCertificate ?? this.credential?.certificate,
        key: access.clientKey ?? this.credential?.key,
        rejectUnauthorized: !access.insecure,
        servername: access.serverName,
      });
    }
    return this.agent;
  }

  private authorization(): string | undefined {
    const { access } = this;
    const token = access.tokenFile ? readFileSync(access.tokenFile, "utf8").trim() : access.token;
    const bearer = token ?? this.credential?.token;
    if (bearer) return `Bearer ${bearer}`;
    if (!access.basic) return undefined;
    return `Basic ${Buffer.from(`${access.basic.username}:${access.basic.password}`).toString("base64")}`;
  }

  private async ensureCredential(): Promise<void> {
    const { exec } = this.access;
    if (!exec || (this.credential && Date.now() < this.credential.until)) return;
    this.asking ??= askCredential(exec).then((credential) => {
      this.credential = credential;
      this.agent = undefined;
    });
    try {
      await this.asking;
    } finally {
      this.asking = undefined;
    }
  }
}

function target(server: URL, call: Call): string {
  const base = server.pathname.replace(/\/$/, "");
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(call.query ?? {})) if (value !== undefined) query.set(key, value);
  const text = query.toString();
  return `${base}${call.path}${text ? `?${text}` : ""}`;
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function failure(response: IncomingMessage, text: string, call: Call): ApiError {
  const status = response.statusCode ?? 500;
  let body: Properties | undefined;
  try {
    const parsed = JSON.parse(text);
    if (isObject(parsed)) body = parsed;
  } catch {
    // Proxies answer in plain text; the status line has to do.
  }
  const message = textAt(body, "message") ?? (text.trim().slice(0, 300) || `${call.method} ${call.path}`);
  const retryAfter = Number(response.headers["retry-after"]);
  return new ApiError(
    status,
    textAt(body, "reason") ?? String(response.statusMessage ?? status),
    message,
    body,
    Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : undefined,
  );
}

/** The texts of a Warning header: `299 - "text"`, several separated by commas. */
export function warningTexts(header: string | string[]): string[] {
  const joined = Array.isArray(header) ? header.join(", ") : header;
  return [...joined.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map((match) => match[1]!.replaceAll(/\\(.)/g, "$1"));
}

function askCredential(
  exec: ExecCredential,
): Promise<{ token?: string; certificate?: string; key?: string; until: number }> {
  const info = JSON.stringify({ apiVersion: exec.apiVersion, kind: "ExecCredential", spec: { interactive: false } });
  const env = { ...process.env, ...exec.env, KUBERNETES_EXEC_INFO: info };
  return new Promise((resolve, reject) => {
    execFile(exec.command, exec.args, { env, timeout: ANSWER_MS }, (error, stdout, stderr) => {
      if (error) {
        const hint = exec.installHint ? `; ${exec.installHint}` : "";
        reject(
          new Error(
            `credential command ${exec.command} failed: ${stderr.trim().split("\n").pop() || error.code}${hint}`,
          ),
        );
        return;
      }
      try {
        const status = (JSON.parse(stdout) as { status: Record<string, string | undefined> }).status;
        const expires = status.expirationTimestamp ? Date.parse(status.expirationTimestamp) : Number.POSITIVE_INFINITY;
        resolve({
          token: status.token,
          certificate: status.clientCertificateData,
          key: status.clientKeyData,
          until: expires - CREDENTIAL_MARGIN_MS,
        });
      } catch {
        reject(new Error(`credential command ${exec.command} printed no ExecCredential; run it by hand to see`));
      }
    });
  });
}
