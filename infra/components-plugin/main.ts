import { main } from "@pulumi/pulumi/provider";
import { ComponentsProvider } from "./provider";

void main(new ComponentsProvider(), process.argv.slice(2));
