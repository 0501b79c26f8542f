import RelayServer
import ServiceLifecycle
import UnixSignals

/// Reads the certificate again on SIGHUP, for connections that come from then on.
struct CertificateRenewal: Service, CustomStringConvertible {
  let certificate: ServerCertificate
  /// SIGHUP, trapped before the relay says that it listens: by default it would end the process.
  let signals: UnixSignalsSequence
  let log: RelayLog

  /// What service-lifecycle may log of it.
  var description: String { "certificate" }

  func run() async throws {
    for await _ in signals.cancelOnGracefulShutdown() {
      do throws(ServerCertificateError) {
        try certificate.reload()
        log.record(.certificateRenewed)
      } catch {
        log.record(.certificateKept(RelayLogReason(error)))
      }
    }
  }
}
