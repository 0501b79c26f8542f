import Foundation
import ProcessSupport
import Testing

@Suite("A relay on a socket in the file system", .timeLimit(.minutes(5))) struct ListeningSocketTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path(of: "relay.sock") }

  init() throws { folder = try TemporaryFolder() }

  private func start(_ data: String = "data") throws -> RunningProcess {
    try RunningProcess("sotto-relay", ["serve", "--listen", "unix:\(path)", "--data", folder.path(of: data)])
  }

  /// What a reverse proxy would be answered.
  private func health() async throws -> String {
    try await RunningProcess.run(
      "/usr/bin/env",
      [
        "python3", "-c",
        """
        import socket, sys
        s = socket.socket(socket.AF_UNIX)
        s.connect(sys.argv[1])
        s.sendall(b"GET /healthz HTTP/1.1\\r\\nHost: relay\\r\\nConnection: close\\r\\n\\r\\n")
        while data := s.recv(4096): sys.stdout.buffer.write(data)
        """, path,
      ]
    ).standardOutput
  }

  private func attributes() throws -> [FileAttributeKey: Any] { try FileManager.default.attributesOfItem(atPath: path) }

  @Test func `serves there with mode 0660, and takes the socket away in the end`() async throws {
    let relay = try start()
    #expect(try await relay.line() == "sotto-relay listening on unix:\(path)")
    #expect(try attributes()[.posixPermissions] as? Int == 0o660)
    #expect(try await health().hasSuffix("ok\n"))
    relay.terminate()
    #expect(try await relay.exit() == .code(0))
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(!FileManager.default.fileExists(atPath: path + ".new"))
  }

  @Test func `replaces what a killed relay left`() async throws {
    let first = try start()
    _ = try await first.line()
    first.kill()
    _ = try await first.exit()
    #expect(FileManager.default.fileExists(atPath: path))
    let second = try start()
    _ = try await second.line()
    #expect(try await health().hasSuffix("ok\n"))
  }

  @Test func `leaves alone a socket that somebody answers on`() async throws {
    let first = try start()
    _ = try await first.line()
    let second = try start("other")
    #expect(try await second.exit() == .code(1))
    #expect(second.standardError.contains(path))
    #expect(try await health().hasSuffix("ok\n"))
  }

  @Test func `leaves alone what is no socket`() async throws {
    try Data("precious".utf8).write(to: URL(fileURLWithPath: path))
    let relay = try start()
    #expect(try await relay.exit() == .code(1))
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data("precious".utf8))
  }

  @Test func `does not take away a socket that came in place of its own`() async throws {
    let first = try start()
    _ = try await first.line()
    try FileManager.default.removeItem(atPath: path)
    let second = try start("other")
    _ = try await second.line()
    first.terminate()
    #expect(try await first.exit() == .code(0))
    #expect(try await health().hasSuffix("ok\n"))
  }
}
