export { NodeImage, type NodeImageArgs } from "./node-image";
