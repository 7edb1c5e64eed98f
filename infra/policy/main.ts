import { serveRules } from "./serve";

void serveRules();
