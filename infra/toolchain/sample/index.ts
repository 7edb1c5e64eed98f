export { DAPR_RESOURCES, daprdImage } from "./daprd-image";
export { readSampleImage, type SampleImage, sampleImage } from "./image";
export { sampleModule } from "./module";
export { moduleFile, SAMPLE_NAMES, type SampleName, sampleCommand } from "./samples";
