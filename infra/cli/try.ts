import { localImage, payload } from "../artifacts";
import { artifactKey } from "../toolchain/store";
import { kubernetesBinaries, etcdBinary, corednsBinary, crictlBinary } from "../toolchain/binaries";
import { sampleImage, sampleModule } from "../toolchain/sample";
export function main() { for (const a of [localImage(), payload({crunVersion:"1.21",wasmedgeVersion:"0.14.1"}), kubernetesBinaries(), etcdBinary(), corednsBinary(), crictlBinary(), sampleImage(), sampleModule()]) console.log(a.name, artifactKey(a)); }
