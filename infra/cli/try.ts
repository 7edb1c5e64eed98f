import { localImage, payload } from "../artifacts";
import { corednsBinary, crictlBinary, etcdBinary, kubernetesBinaries } from "../toolchain/binaries";
import { sampleImage, sampleModule } from "../toolchain/sample";
import { artifactKey } from "../toolchain/store";
export function main() {
  for (const a of [
    localImage(),
    payload({ crunVersion: "1.21", wasmedgeVersion: "0.14.1" }),
    kubernetesBinaries(),
    etcdBinary(),
    corednsBinary(),
    crictlBinary(),
    sampleImage(),
    sampleModule(),
  ])
    console.log(a.name, artifactKey(a));
}
