import { awaitedBy } from "./finalizers";

const held = (...finalizers: string[]) => awaitedBy({ metadata: { finalizers } });

test("an object that waits for nobody ends by itself", () => {
  expect(held()).toBe("waiting for it to end");
  expect(awaitedBy({})).toBe("waiting for it to end");
});

test("a finalizer of somebody's controller is named, with what to look at", () => {
  expect(held("routes.serving.knative.dev", "example.org/own")).toBe(
    "waiting for finalizers: routes.serving.knative.dev, example.org/own; is their controller running?",
  );
});

test("what Kubernetes itself waits for needs no controller", () => {
  expect(held("foregroundDeletion")).toBe("waiting for what it owns to go");
  expect(held("customresourcecleanup.apiextensions.k8s.io")).toBe("waiting for the objects of its kind to go");
  expect(held("foregroundDeletion", "example.org/own")).toBe(
    "waiting for what it owns to go, and for finalizers: example.org/own; is their controller running?",
  );
});
