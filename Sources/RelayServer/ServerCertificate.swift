import NIOCore
import NIOSSL
import Synchronization

/// The relay's certificate and key for TLS, as two files in PEM, and what new connections get of them.
///
/// Reading them again replaces both at once or, if anything about them is wrong, neither; connections that stand keep what
/// they began with. Does not watch the files: ``reload()`` is called on a signal.
package final class ServerCertificate: Sendable {
  private let certificateFile: String
  private let keyFile: String
  private let context: Mutex<NIOSSLContext>

  /// Reads both files.
  ///
  /// - Parameters:
  ///   - certificateFile: the relay's certificate, then those between it and the authority.
  ///   - keyFile: the private key of the first, not encrypted.
  /// - Throws: ``ServerCertificateError``.
  package init(certificateFile: String, keyFile: String) throws(ServerCertificateError) {
    self.certificateFile = certificateFile
    self.keyFile = keyFile
    context = Mutex(try Self.read(certificateFile, keyFile))
  }

  /// Reads both files again, for connections that come from now on.
  ///
  /// - Throws: ``ServerCertificateError``; then the old certificate stays.
  package func reload() throws(ServerCertificateError) {
    let fresh = try Self.read(certificateFile, keyFile)
    context.withLock { $0 = fresh }
  }

  /// What a new connection speaks TLS with.
  func makeHandler() -> NIOSSLServerHandler { NIOSSLServerHandler(context: context.withLock { $0 }) }

  private static func read(_ certificateFile: String, _ keyFile: String) throws(ServerCertificateError) -> NIOSSLContext
  {
    let chain: [NIOSSLCertificate]
    do { chain = try NIOSSLCertificate.fromPEMFile(certificateFile) } catch {
      throw .certificate(file: certificateFile)
    }
    guard !chain.isEmpty else { throw .certificate(file: certificateFile) }
    let key: NIOSSLPrivateKey
    do { key = try NIOSSLPrivateKey(file: keyFile, format: .pem) } catch { throw .key(file: keyFile) }
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    configuration.minimumTLSVersion = .tlsv12
    configuration.cipherSuites = "ECDHE+AESGCM:ECDHE+CHACHA20"
    configuration.applicationProtocols = ["http/1.1"]
    configuration.renegotiationSupport = .none
    configuration.shutdownTimeout = .seconds(1)
    // The key is compared with the first certificate here.
    do { return try NIOSSLContext(configuration: configuration) } catch {
      throw .mismatch(certificateFile: certificateFile, keyFile: keyFile)
    }
  }
}

/// Why a relay has no certificate to show.
package enum ServerCertificateError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no certificate in PEM in this file, or it cannot be read.
  case certificate(file: String)
  /// There is no private key in PEM in this file, it is encrypted, or it cannot be read.
  case key(file: String)
  /// The key is not that of the first certificate.
  case mismatch(certificateFile: String, keyFile: String)

  package var description: String {
    switch self {
    case .certificate(let file): "No certificate in PEM can be read from \(file)."
    case .key(let file): "No private key in PEM (without a passphrase) can be read from \(file)."
    case .mismatch(let certificateFile, let keyFile):
      "The key in \(keyFile) is not that of the first certificate in \(certificateFile)."
    }
  }
}
