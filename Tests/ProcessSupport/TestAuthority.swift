import Foundation

/// A certificate authority that lives as long as a test, made by the program `openssl`.
package final class TestAuthority: Sendable {
  private let folder: TemporaryFolder

  /// Its own certificate, in PEM: what a client must trust.
  package var file: String { folder.path(of: "authority.pem") }
  private var key: String { folder.path(of: "authority.key") }

  /// What a `sotto` that trusts it, and speaks TLS with loopback, has in its environment.
  package var variables: [String: String] { ["SOTTO_TLS_CA_FILE": file, "SOTTO_TLS_LOOPBACK": "1"] }

  package init() async throws(ProcessFailure) {
    folder = try TemporaryFolder()
    try await openssl([
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
      "-subj", "/CN=Sotto test authority", "-addext", "basicConstraints=critical,CA:TRUE",
      "-addext", "keyUsage=critical,keyCertSign", "-keyout", key, "-out", file,
    ])
  }

  /// A certificate with a key of its own, in two files named after `name`.
  ///
  /// - Parameters:
  ///   - subject: what it is for, as openssl's subjectAltName.
  ///   - days: how long it is valid from now on; -1 is over already.
  package func issue(
    _ name: String = "relay", for subject: String = "DNS:localhost,IP:127.0.0.1", days: Int = 2
  ) async throws(ProcessFailure) -> IssuedCertificate {
    let issued = IssuedCertificate(file: folder.path(of: name + ".pem"), keyFile: folder.path(of: name + ".key"))
    let (request, extensions) = (folder.path(of: name + ".csr"), folder.path(of: name + ".ext"))
    do { try "subjectAltName=\(subject)\n".write(toFile: extensions, atomically: true, encoding: .utf8) } catch {
      throw .noTemporaryFolder(errno: errno)
    }
    try await openssl([
      "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)",
      "-keyout", issued.keyFile, "-out", request,
    ])
    try await openssl([
      "x509", "-req", "-in", request, "-CA", file, "-CAkey", key, "-CAcreateserial", "-days", "\(days)",
      "-extfile", extensions, "-out", issued.file,
    ])
    return issued
  }

  private func openssl(_ arguments: [String]) async throws(ProcessFailure) {
    let finished = try await RunningProcess.run("/usr/bin/env", ["openssl"] + arguments)
    guard finished.exit == .code(0) else { throw .unexpectedOutput(finished.standardError) }
  }
}

/// A certificate and its key, in files.
package struct IssuedCertificate: Hashable, Sendable {
  package let file: String
  package let keyFile: String

  /// What makes a relay show it.
  package var arguments: [String] { ["--tls-certificate", file, "--tls-key", keyFile] }

  /// Puts other files in place of these.
  package func replace(by other: IssuedCertificate) throws {
    for (old, new) in [(file, other.file), (keyFile, other.keyFile)] {
      try Data(contentsOf: URL(fileURLWithPath: new)).write(to: URL(fileURLWithPath: old), options: .atomic)
    }
  }
}
