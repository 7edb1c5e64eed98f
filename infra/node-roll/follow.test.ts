import type { DeliveredNode } from "../../components/node-daemonset";
import { DELIVERED } from "../../tests/support/delivery";
import type { Progress, Stop } from "./cluster";
import { awaitProved, type Followed, type Following, giveBack } from "./follow";

const node = (name: string): DeliveredNode => ({ ...DELIVERED, name });

const STOP: Stop = { target: "g", node: "b", pod: "uid-1", reason: "no unit containerd" };

/** What a cluster tells, look by look; the last one stays. */
interface Told {
  progress?: Progress[];
  stops?: (Stop | undefined)[];
  delivered?: DeliveredNode[][];
  touched?: string[][];
}

class ToldCluster implements Followed {
  readonly asked: string[] = [];
  constructor(private readonly told: Told) {}

  private next<T>(list: T[] | undefined, otherwise: T): T {
    if (list === undefined || list.length === 0) return otherwise;
    return list.length === 1 ? list[0]! : list.shift()!;
  }

  progress = async () => this.next(this.told.progress, { observed: true, wanted: 2, ready: 2 });
  stop = async () => this.next(this.told.stops, undefined);
  delivered = async () => this.next(this.told.delivered, [node("a"), node("b")]);
  touched = async () => this.next(this.told.touched, []);
  troubles = async () => ["pod x: container runtime is in ImagePullBackOff"];
  retry = async (stop: Stop) => void this.asked.push(`retry ${stop.pod}`);
  want = async (absent: boolean) => void this.asked.push(absent ? "absent" : "present");
}

const said: string[] = [];
beforeEach(() => said.splice(0));
const following = (timeoutMs = 60_000): Following => ({
  generation: "g",
  timeoutMs,
  report: (line) => said.push(line),
});

describe("following a roll", () => {
  it("ends with the proved nodes, when all that are wanted are", async () => {
    const cluster = new ToldCluster({
      progress: [
        { observed: false, wanted: 0, ready: 0 },
        { observed: true, wanted: 2, ready: 1 },
        { observed: true, wanted: 2, ready: 2 },
      ],
      delivered: [[node("a")], [node("a"), node("b")]],
    });
    expect((await awaitProved(cluster, following())).map(({ name }) => name)).toEqual(["a", "b"]);
    expect(said).toEqual([
      "the DaemonSet's controller has not seen the change yet",
      "1 of 2 nodes are proved; pod x: container runtime is in ImagePullBackOff",
    ]);
  });

  it("fails with the node and the reason as soon as there is one", async () => {
    const cluster = new ToldCluster({ stops: [undefined, STOP], delivered: [[node("a")]] });
    await expect(awaitProved(cluster, following())).rejects.toThrow(
      /^node b stopped the roll of the runtime: no unit containerd\nNodes after it are as they were/,
    );
    expect(cluster.asked).toEqual(["present"]);
  });

  it("has a stop that was there before tried again, and waits for what comes of that", async () => {
    const cluster = new ToldCluster({ stops: [STOP, STOP, { ...STOP, pod: "uid-2" }], delivered: [[node("a")]] });
    await expect(awaitProved(cluster, following())).rejects.toThrow("node b stopped");
    expect(cluster.asked).toEqual(["present", "retry uid-1"]);
  });

  it("says what it waited for when time is over, also where no node is wanted", async () => {
    const none = new ToldCluster({ progress: [{ observed: true, wanted: 0, ready: 0 }] });
    await expect(awaitProved(none, following(-1))).rejects.toThrow(/not done after 0 s: no node is to have/);
  });
});

describe("giving back", () => {
  it("waits until no node has anything of ours", async () => {
    const cluster = new ToldCluster({ touched: [["a", "b"], []] });
    await giveBack(cluster, following());
    expect(cluster.asked).toEqual(["absent"]);
    expect(said).toEqual(["still to be given back: a, b"]);
  });

  it("takes the wish back when it is ended, at once", async () => {
    const cluster = new ToldCluster({ touched: [["a", "b"]] });
    const ending = new AbortController();
    const report = () => ending.abort();
    await expect(giveBack(cluster, { ...following(), report, signal: ending.signal })).rejects.toThrow(
      "ended before it was done: still to be given back: a, b",
    );
    expect(cluster.asked).toEqual(["absent", "present"]);
  });

  it("takes the wish back when a node cannot be given back, for the DaemonSet stays", async () => {
    const cluster = new ToldCluster({ touched: [["b"]], stops: [undefined, { ...STOP, target: "absent" }] });
    await expect(giveBack(cluster, following())).rejects.toThrow(/^node b cannot be given back: no unit containerd/);
    expect(cluster.asked).toEqual(["absent", "present"]);
  });
});
