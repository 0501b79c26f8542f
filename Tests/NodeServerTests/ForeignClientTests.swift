import Foundation
import NodeInterface
import ProcessSupport
import Testing

/// Programs that nobody here wrote, from PyPI.
@Suite struct `Foreign clients` {
  private static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
  private static let libraries = package + "/.build/python-packages"

  @Test(.timeLimit(.minutes(5)))
  func `a published JSON-RPC library drives the daemon, and a published OpenRPC library reads its description`()
    async throws
  {
    guard FileManager.default.fileExists(atPath: Self.libraries + "/jsonrpcclient"),
      FileManager.default.fileExists(atPath: Self.libraries + "/openrpc"),
      FileManager.default.fileExists(atPath: Self.libraries + "/jsonschema")
    else {
      Issue.record("SKIPPED: Scripts/install-dependencies test could not install from PyPI", severity: .warning)
      return
    }
    let relay = try await RunningRelay.start()
    let alice = try await RunningDaemon.atRelay(relay, "Alice")
    let script = """
      import json, os, socket
      import jsonrpcclient
      import jsonschema
      from openrpc import OpenRPC

      connection = socket.socket(socket.AF_UNIX)
      connection.connect(os.environ["SOTTO_SOCKET"])
      lines = connection.makefile("rb")

      def call(method, **parameters):
          connection.sendall(jsonrpcclient.request_json(method, params=parameters).encode() + b"\\n")
          return jsonrpcclient.parse_json(lines.readline())

      chat = call("chat.open", contact="self").result["chat"]
      sent = call("message.send", chat=chat, content={"text": "from a stranger's library"})
      assert isinstance(sent, jsonrpcclient.Ok), sent
      listed = call("message.list", chat=chat).result["messages"]
      assert [m["content"]["text"] for m in listed] == ["from a stranger's library"], listed
      refused = call("message.list", chat=chat, nobody=1)
      assert isinstance(refused, jsonrpcclient.Error) and refused.code == -32602, refused
      document = call("rpc.discover").result
      jsonschema.Draft7Validator(json.load(open(os.environ["SCHEMA"]))).validate(document)
      for method in document["methods"]:
          for part in method["params"] + [method["result"]]:
              jsonschema.Draft7Validator.check_schema(part["schema"])
          codes = [error["code"] for error in method.get("errors", [])]
          assert len(codes) == len(set(codes)), method["name"]
          names = [p["name"] for p in method["params"]]
          assert len(names) == len(set(names)), method["name"]
      description = OpenRPC.model_validate(document)
      assert [m.name for m in description.methods] == [m["name"] for m in document["methods"]]
      print("ok", len(description.methods))
      """
    let client = try await RunningProcess.run(
      "/usr/bin/env", ["python3", "-c", script],
      environment: [
        "SCHEMA": Self.package + "/Tests/NodeServerTests/Schemas/openrpc-1.3.json", "SOTTO_SOCKET": alice.socket,
        "PYTHONPATH": Self.libraries, "PYTHONDONTWRITEBYTECODE": "1",
        "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
      ])
    #expect(client.standardOutput == "ok \(MethodRegistry.standard.methods.count)\n", "\(client.standardError)")
    try await relay.terminate()
  }
}
