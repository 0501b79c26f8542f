import Foundation
import NodeInterface
import ProcessSupport
import Testing

@Suite struct `Rude callers` {
  private static let request = #"{"jsonrpc":"2.0","id":1,"method":"system.capabilities"}"#

  @Test(.timeLimit(.minutes(5)))
  func `huge frames and deep nesting are refused, and the daemon goes on`() async throws {
    let relay = try await RunningRelay.start()
    let alice = try await RunningDaemon.atRelay(relay, "Alice")
    let huge = try RawConnection(path: alice.socket)
    huge.send(String(repeating: "a", count: 3 << 20))
    let answer = huge.receive(lines: 1)
    // What was still on its way may cut the answer off; the connection is over in any case.
    if let answer = answer.first { #expect(answer.contains("parse_error")) }

    let deep = try RawConnection(path: alice.socket)
    deep.send(String(repeating: "[", count: 1_000_000) + "\n")
    #expect(deep.receive(lines: 1).first?.contains("parse_error") == true)
    deep.send("\n  \n" + Self.request + "\n")
    #expect(deep.receive(lines: 1).first?.contains("methods") == true, "the next frame is read")
    deep.send(#"[{"jsonrpc":"2.0","method":"system.info"},{"jsonrpc":"2.0","id":"x","method":"auth.whoami"}]"# + "\n")
    let batch = deep.receive(lines: 1).first ?? ""
    #expect(batch.hasPrefix("[") && batch.contains(#""id":"x""#) && !batch.contains("uptimeMs"))
    #expect(try await alice.call("system.health")["ok"] == true)
  }

  @Test(.timeLimit(.minutes(5)))
  func `who does not read is not read from, and holds nobody up`() async throws {
    let relay = try await RunningRelay.start()
    let alice = try await RunningDaemon.atRelay(relay, "Alice")
    let slow = try RawConnection(path: alice.socket)
    let count = 6_000
    // About 15 MB of answers: far more than the daemon keeps for one connection.
    let writer = Thread { slow.send(String(repeating: Self.request + "\n", count: count)) }
    writer.start()
    for _ in 0..<20 { #expect(try await alice.call("auth.whoami")["caller"] == "local") }
    let answers = await withCheckedContinuation { continuation in
      Thread.detachNewThread { continuation.resume(returning: slow.receive(lines: count)) }
    }
    #expect(answers.count == count, "every request is answered once there is room")
  }

  @Test(.timeLimit(.minutes(5)))
  func `another user is not let in, even if the modes of the files would let him`() async throws {
    guard geteuid() == 0, FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv") else {
      Issue.record("SKIPPED: this needs root and setpriv", severity: .warning)
      return
    }
    let relay = try await RunningRelay.start()
    let alice = try await RunningDaemon.atRelay(relay, "Alice")
    #expect(try mode(of: alice.socket) == 0o600)
    #expect(try mode(of: alice.folder.path(of: "run")) == 0o700)
    chmod(alice.folder.path, 0o755)
    chmod(alice.folder.path(of: "run"), 0o755)
    chmod(alice.socket, 0o666)
    let script = """
      import socket, sys
      s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
      try:
          s.sendall(b'\(Self.request)\\n'); data = s.recv(10)
      except OSError:
          data = b''
      print(len(data))
      """
    let stranger = try await RunningProcess.run(
      "/usr/bin/setpriv",
      ["--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/python3", "-c", script, alice.socket])
    #expect(stranger.standardOutput == "0\n", "\(stranger.standardError)")
    #expect(try await alice.call("auth.whoami")["caller"] == "local")
    #expect(alice.process.standardError.contains("user 65534 was not let in"))
  }

  private func mode(of path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }
}
