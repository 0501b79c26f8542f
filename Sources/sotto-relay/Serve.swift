import Ambient
import ArgumentParser
import Foundation
import Logging
import RelayServer
import RelaySettings
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

      Every flag is also a variable, such as SOTTO_RELAY_LISTEN, and a key of a YAML file: see `sotto-relay config`.
      """)

  @OptionGroup var flags: SettingFlags

  private func certificate(_ plan: ServePlan) throws -> ServerCertificate? {
    guard let certificateFile = plan.certificateFile, let keyFile = plan.keyFile else { return nil }
    do throws(ServerCertificateError) {
      return try ServerCertificate(certificateFile: certificateFile, keyFile: keyFile)
    } catch { throw RelayFailure(explanation: error.description) }
  }

  func run() async throws {
    let settings = try flags.settings()
    let plan = try ServePlan(settings)
    let certificate = try certificate(plan)
    let operation = plan.operation(environment: ProcessInfo.processInfo.environment)
    let relay: RelayData
    do throws(RelayDataError) {
      relay = try RelayData(
        folder: plan.dataFolder, clock: SystemWallClock(), admission: plan.admission, blobQuota: plan.blobQuota,
        metrics: operation.metrics)
    } catch {
      throw RelayFailure(explanation: error.description)
    }
    let server = RelayServer(
      listeningOn: plan.address, certificate: certificate, store: relay.store, blobs: relay.blobs,
      relayKey: relay.relayKey,
      software: Software.nameAndVersion, randomness: SystemPublicRandomness(), limits: plan.limits,
      requestWorkBits: plan.admission.requestWorkBits, registration: plan.admission.registration,
      operation: operation
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
        .init(service: CertificateRenewal(certificate: certificate, signals: signals, log: operation.log)))
    }
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: services,
        gracefulShutdownSignals: [.sigterm, .sigint],
        // Its lines would not be ours (RelayLogEvent).
        logger: Logger(label: "services") { _ in SwiftLogNoOpLogHandler() }))
    do { try await group.run() } catch let error as RelayServerError {
      throw RelayFailure(explanation: error.description)
    }
  }
}
