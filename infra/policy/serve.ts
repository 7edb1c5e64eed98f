import type { handleUnaryCall, ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import { AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/analyzer_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { listenWith, type Serving, stay } from "../toolchain/plugins/host/serve";
import { fromStruct } from "../toolchain/plugins/host/struct";
import { fastStructs } from "../toolchain/protobuf/fast-struct";
import { explained, type Finding, type Judge, judgeBy } from "./judgement";
import { PACK } from "./pack-name";
import { resourceOf } from "./resource";
import type { Level } from "./rule";
import { rules } from "./rules";

const LEVELS: Readonly<Record<Level, pb.EnforcementLevel>> = { advisory: 0, mandatory: 1 };

/**
 * The rules as the engine's analyzer, without `@pulumi/policy`: that one hands secrets to rules as if they were none,
 * reads every resource once for each rule, and takes longer to start than everything else here.
 */
export function analyzer(judge: Judge = judgeBy()): UntypedServiceImplementation {
  let production = false;
  return {
    handshake: answer(() => new pb.AnalyzerHandshakeResponse()),
    getPluginInfo: answer(() => {
      const info = new PluginInfo();
      info.setVersion(PACK.version);
      return info;
    }),
    getAnalyzerInfo: answer(analyzerInfo),
    configureStack: answer((request: pb.AnalyzerStackConfigureRequest) => {
      production = request.getConfigMap().get(`${request.getProject()}:production`) === "true";
      return new pb.AnalyzerStackConfigureResponse();
    }),
    configure: answer(() => new Empty()),
    analyze: answer((request: pb.AnalyzeRequest) => {
      const type = request.getType();
      return diagnosed(judge.concerns(type) ? judge.judge(resourceOf(registration(request, type), production)) : []);
    }),
    analyzeStack: answer(() => new pb.AnalyzeResponse()),
    remediate: answer(() => new pb.RemediateResponse()),
    cancel: answer(() => new Empty()),
  };
}

const registration = (request: pb.AnalyzeRequest, type: string) => ({
  type,
  name: request.getName(),
  urn: request.getUrn(),
  properties: fromStruct(request.getProperties()),
  protect: request.getOptions()?.getProtect() ?? false,
});

function analyzerInfo(): pb.AnalyzerInfo {
  const info = new pb.AnalyzerInfo();
  info.setName(PACK.name);
  info.setVersion(PACK.version);
  info.setPoliciesList(
    rules.map(({ name, description, level, remedy }) => {
      const policy = new pb.PolicyInfo();
      policy.setName(name);
      policy.setDescription(description);
      policy.setEnforcementlevel(LEVELS[level]);
      policy.setRemediationSteps(remedy);
      return policy;
    }),
  );
  return info;
}

function diagnosed(findings: readonly Finding[]): pb.AnalyzeResponse {
  const response = new pb.AnalyzeResponse();
  response.setDiagnosticsList(
    findings.map((finding) => {
      const { name, description, level } = finding.rule;
      const diagnostic = new pb.AnalyzeDiagnostic();
      diagnostic.setPolicyname(name);
      diagnostic.setPolicypackname(PACK.name);
      diagnostic.setPolicypackversion(PACK.version);
      diagnostic.setDescription(description);
      diagnostic.setMessage(explained(finding));
      diagnostic.setEnforcementlevel(LEVELS[level]);
      return diagnostic;
    }),
  );
  return response;
}

/** A call that is answered at once; what goes wrong becomes the call's error. */
const answer =
  <Request, Response>(body: (request: Request) => Response): handleUnaryCall<Request, Response> =>
  (call, callback) => {
    try {
      callback(null, body(call.request));
    } catch (error) {
      callback(error instanceof Error ? error : new Error(String(error)));
    }
  };

/** Calls that bring every input again and are not looked at. */
const UNREAD = ["remediate", "analyzeStack"];

/** The engine's service, with the calls that are not looked at left unread. */
const definition = Object.fromEntries(
  Object.entries(AnalyzerService).map(([name, method]) => [
    name,
    UNREAD.includes(name) ? { ...method, requestDeserialize: () => undefined } : method,
  ]),
) as ServiceDefinition;

export const listenForEngine = (judge?: Judge): Promise<Serving> =>
  listenWith((server) => server.addService(definition, analyzer(judge)));

/** Runs the rules as a process of the engine's. */
export async function serveRules(): Promise<void> {
  fastStructs();
  stay(await listenForEngine());
}
