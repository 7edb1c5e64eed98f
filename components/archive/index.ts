export { TAR_END, type TarEntry, tar, tarHeader, tarPadding } from "./tar";
