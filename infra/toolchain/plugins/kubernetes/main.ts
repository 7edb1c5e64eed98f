import { serve } from "../host";
import { KubernetesProvider } from "./provider";
import { VERSION } from "./version";

serve(new KubernetesProvider(VERSION)).catch((error: unknown) => {
  process.stderr.write(`pulumi-resource-kubernetes: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
