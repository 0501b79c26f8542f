import Foundation
import NodeInterface
import NodeServer
import ProcessSupport
import Testing

/// The daemon as systemd runs it.
@Suite struct ServiceTests {
  /// Runs `sotto daemon` with descriptor 3 as a socket that listens at `path`, or with another descriptor 3.
  private func start(_ folder: TemporaryFolder, path: String, listens: Bool = true) throws -> RunningProcess {
    try RunningProcess(
      "/usr/bin/env",
      [
        "python3", "-c",
        """
        import os, socket, sys
        s = socket.socket(socket.AF_UNIX)
        s.bind(sys.argv[1])
        if sys.argv[2] == "yes": s.listen(16)
        if s.fileno() != 3: os.dup2(s.fileno(), 3)
        os.set_inheritable(3, True)
        os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
        os.execv(sys.argv[3], sys.argv[3:])
        """, path, listens ? "yes" : "no", try BuiltProgram.path("sotto"), "daemon",
      ], environment: RunningDaemon.environment(folder))
  }

  @Test(.timeLimit(.minutes(5)))
  func `a daemon answers on the socket that systemd hands over, and leaves its file`() async throws {
    let relay = try await RunningRelay.start()
    let folder = try TemporaryFolder()
    _ = try await RunningProcess.run(
      "sotto", ["init", "--relay", relay.url, "--name", "Bot"], environment: RunningDaemon.environment(folder))
    let path = folder.path(of: "handed.sock")
    let daemon = try start(folder, path: path)
    #expect(try await daemon.line() == "sotto daemon listening on systemd's socket")
    let account = try await DaemonClient.connect(path: path).call("account.get", [:])
    #expect(account["name"]?.string == "Bot")
    daemon.terminate()
    #expect(try await daemon.exit() == .code(0))
    #expect(FileManager.default.fileExists(atPath: path), "systemd still listens there")

    let deaf = try start(folder, path: folder.path(of: "deaf.sock"), listens: false)
    #expect(try await deaf.exit() == .code(2))
    #expect(deaf.standardError.contains("ListenStream="))
  }
}
