import Ambient
import ArgumentParser
import Foundation
import Logging
import RelayServer
import ServiceLifecycle
import UnixSignals

/// `sotto-relay serve`: one relay until SIGTERM or SIGINT.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve mailboxes over WebSocket.",
    discussion: """
      Prints one line when it is ready:

        sotto-relay listening on ws://127.0.0.1:8440

      or wss://… with a certificate, which nodes on other machines need:

        sotto-relay serve --listen 0.0.0.0:443 --data ./relay-data --tls-certificate chain.pem --tls-key key.pem

      SIGHUP makes it read both files again without ending a connection; if they are no good, it says so and keeps the \
      old ones.

      It ends in order on Ctrl-C (SIGINT) or SIGTERM: what it has begun to store is stored and answered. After kill -9 \
      or a power cut, start it again: nothing that got a receipt is lost.

      The folder holds relay.sqlite (the mailboxes), relay.key (the relay's own key; nodes pin it, so keep a copy) and \
      relay.lock. One process at a time owns it.
      """)

  @Option(
    help: ArgumentHelp(
      "Where to listen: an address (of loopback, without TLS) and a port, where 0 takes a free one; or unix:PATH, a socket of mode 0660.",
      valueName: "host:port"))
  var listen = "127.0.0.1:8440"

  @Option(
    help: ArgumentHelp("The certificate for TLS and those above it, in PEM: the relay's own first.", valueName: "file"))
  var tlsCertificate: String?

  @Option(help: ArgumentHelp("The certificate's private key, in PEM, not encrypted.", valueName: "file"))
  var tlsKey: String?

  @Flag(help: "Listen without TLS on an address that others can reach, for behind something that encrypts.")
  var insecurePlaintext = false

  @Option(
    help: ArgumentHelp("The folder that the relay keeps its data in; made if it is missing.", valueName: "folder"))
  var data: String

  @Option(
    help: ArgumentHelp(
      "How much to log on standard error: trace, debug, info, notice, warning, error, critical.", valueName: "level"))
  var logLevel = "notice"

  @Option(
    help: ArgumentHelp(
      "How much senders may ask: standard, or off, which is for measurements and for relays of friends.",
      valueName: "limits"))
  var rateLimits = RateLimitChoice.standard

  func validate() throws {
    guard (tlsCertificate == nil) == (tlsKey == nil) else {
      throw ValidationError("--tls-certificate and --tls-key go together.")
    }
    guard tlsCertificate == nil || !insecurePlaintext else {
      throw ValidationError("--insecure-plaintext is for a relay without --tls-certificate.")
    }
    do { _ = try ListenAddress(listen, protection: protection) } catch {
      throw ValidationError("--listen \(listen): \(error)")
    }
    guard Logger.Level(rawValue: logLevel) != nil else {
      throw ValidationError("--log-level \(logLevel): choose trace, debug, info, notice, warning, error or critical.")
    }
    guard !data.isEmpty else { throw ValidationError("--data: name a folder, for example ./relay-data.") }
  }

  private var protection: ListenAddress.Protection {
    tlsCertificate != nil ? .tls : insecurePlaintext ? .insecure : .loopback
  }

  private func certificate() throws -> ServerCertificate? {
    guard let tlsCertificate, let tlsKey else { return nil }
    do throws(ServerCertificateError) {
      return try ServerCertificate(certificateFile: tlsCertificate, keyFile: tlsKey)
    } catch { throw RelayFailure(explanation: error.description) }
  }

  func run() async throws {
    var logger = Logger(label: "sotto-relay") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = Logger.Level(rawValue: logLevel) ?? .notice
    let certificate = try certificate()
    let relay: RelayData
    do throws(RelayDataError) { relay = try RelayData(folder: data, clock: SystemWallClock()) } catch {
      throw RelayFailure(explanation: error.description)
    }
    let server = RelayServer(
      listeningOn: try ListenAddress(listen, protection: protection), certificate: certificate, store: relay.store,
      relayKey: relay.relayKey, software: Software.nameAndVersion, randomness: SystemPublicRandomness(),
      limitsSenders: rateLimits == .standard, logger: logger
    ) { address in
      // Whoever started the relay waits for this line: it must not stay in a buffer.
      print("sotto-relay listening on \(address.url)")
      fflush(nil)
    }
    var services = [
      ServiceGroupConfiguration.ServiceConfiguration(
        service: server, successTerminationBehavior: .gracefullyShutdownGroup, failureTerminationBehavior: .cancelGroup)
    ]
    if let certificate {
      let signals = await UnixSignalsSequence(trapping: .sighup)
      services.append(
        .init(service: CertificateRenewal(certificate: certificate, signals: signals, logger: logger)))
    }
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: services,
        gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    do { try await group.run() } catch let error as RelayServerError {
      throw RelayFailure(explanation: error.description)
    }
  }
}

/// What `--rate-limits` takes.
enum RateLimitChoice: String, ExpressibleByArgument, CaseIterable {
  case standard
  case off
}
