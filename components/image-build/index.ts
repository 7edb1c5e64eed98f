export type {
  BuildRegistries,
  BuildSpec,
  FolderSource,
  GitFolderSource,
  GitFolderSourceArgs,
  ImageBuildArgs,
} from "./args";
export { ImageBuild } from "./image-build";
export { type GitLogin, gitLoginSecret } from "./secrets";
