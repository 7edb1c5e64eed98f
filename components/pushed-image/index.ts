export { PushedImage, type PushedImageArgs, type PushImageRequest } from "./pushed-image";
