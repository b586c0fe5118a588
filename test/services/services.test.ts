import { existsSync } from "node:fs";
import { connect } from "amqplib";
import { MongoClient } from "mongodb";
import { afterEach, describe, expect, test, vi } from "vitest";
import { describeWith } from "../support/services.ts";
import { findProgram, runCommand } from "./command.ts";
import { findMongodb } from "./mongodb.ts";
import { reach } from "./port.ts";
import { findRabbitmqServer } from "./rabbitmq-server.ts";
import { findRabbitmq } from "./rabbitmq.ts";
import type { Service } from "./service.ts";
import { isMissing } from "./service.ts";

afterEach(() => void vi.unstubAllEnvs());

describe("an address that is given", () => {
  test("must be one of a RabbitMQ that answers", async () => {
    const url = "amqp://someone:secret@127.0.0.1:1/here";
    await expect(findRabbitmq({ AMQP_URL: url })).rejects.toThrow(
      "expected a RabbitMQ at AMQP_URL (amqp://…@127.0.0.1:1/here), but: connect ECONNREFUSED 127.0.0.1:1",
    );
  });

  test("must be one of a MongoDB that answers", async () => {
    const found = findMongodb({ MONGODB_URI: "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50" });
    await expect(found).rejects.toThrow(
      "expected a MongoDB at MONGODB_URI, but: connect ECONNREFUSED 127.0.0.1:1",
    );
  });
});

describe("a server that is asked for by name", () => {
  test("is missing with a reason where it is not installed", async () => {
    vi.stubEnv("PATH", "/nowhere");
    expect(await findMongodb({ UMBEL_TEST_MONGO: "mongod" })).toEqual({
      missing: "no MongoDB: mongod is not on the PATH",
    });
  });

  test("is missing with a reason where docker has no engine", async () => {
    vi.stubEnv("PATH", "/nowhere");
    expect(await findRabbitmq({ UMBEL_TEST_AMQP: "docker" })).toEqual({
      missing: "no RabbitMQ: no docker engine answers",
    });
  });

  test("must be one that we know", async () => {
    await expect(findMongodb({ UMBEL_TEST_MONGO: "postgres" })).rejects.toThrow(
      "expected one of running, mongod, secantusd-rs, mongodb-memory-server, secantusd-py, docker, but postgres was asked for",
    );
  });
});

describe.skipIf(findRabbitmqServer() === undefined)("a RabbitMQ of our own", () => {
  test("answers clients and operators, and leaves nothing behind", async () => {
    const server = present(await findRabbitmq({ UMBEL_TEST_AMQP: "installed" }));
    const { program, arguments: node, environment } = server.control!;
    try {
      await (await connect(server.url)).close();
      expect(await runCommand(program, [...node, "-q", "list_vhosts"], { environment })).toContain("/");
    } finally {
      await server.stop();
    }
    await expect(reach(portOf(server))).rejects.toThrow("ECONNREFUSED");
    await expect(reach(Number(environment["ERL_EPMD_PORT"]))).rejects.toThrow("ECONNREFUSED");
    expect(existsSync(environment["HOME"]!)).toBe(false);
  });
});

describe.skipIf(findProgram("secantusd-rs") === undefined)("a MongoDB of our own", () => {
  test("answers, and leaves nothing behind", async () => {
    const server = present(await findMongodb({ UMBEL_TEST_MONGO: "secantusd-rs" }));
    try {
      await using client = new MongoClient(server.url);
      expect(await client.db().collection("places").insertOne({ here: true })).toMatchObject({
        acknowledged: true,
      });
    } finally {
      await server.stop();
    }
    await expect(reach(portOf(server))).rejects.toThrow("ECONNREFUSED");
  });
});

describeWith(["amqp", "mongo"], "the servers of this run", ({ amqp, mongo }) => {
  test("are named with their version and how they were had", () => {
    expect(amqp.how).toMatch(/^rabbitmq \d+\.\d+\.\d+ \(.+\)$/);
    expect(mongo.how).toMatch(/^(mongodb|mongod|secantusd-rs|secantusd-py) \d+\.\d+\.\d+ \(.+\)$/);
  });

  test("answer", async () => {
    await (await connect(amqp.url)).close();
    await using client = new MongoClient(mongo.url);
    expect(await client.db().command({ ping: 1 })).toMatchObject({ ok: 1 });
  });
});

function present(found: Awaited<ReturnType<typeof findRabbitmq>>): Service {
  if (isMissing(found)) throw new Error(found.missing);
  return found;
}

function portOf(server: Service): number {
  return Number(new URL(server.url).port);
}
