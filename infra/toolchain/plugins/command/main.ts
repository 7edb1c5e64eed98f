import { serve } from "../host";
import { commandProvider } from "./provider";

void serve(commandProvider());
