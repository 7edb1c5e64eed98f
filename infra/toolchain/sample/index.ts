export { readSampleImage, SAMPLE_REPOSITORY, type SampleImage, sampleImage } from "./image";
export { MODULE_FILE, sampleModule } from "./module";
