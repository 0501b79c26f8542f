import Messaging
import RelayClient

extension Node {
  /// Takes back the envelopes that are due, as far as their relays can be reached. What fails is tried again later.
  ///
  /// - Parameter unreachable: relays that were not reached; added to.
  func takeBack(_ unreachable: inout Set<String>) async throws {
    while let work = try messenger.nextRetraction(unreachableHosts: unreachable) {
      do throws(RelayClientError) {
        try await sender(work.host, work.relayKey).retract(work.command)
      } catch {
        if case .refused(let refusal) = error {
          try messenger.retractionFailed(work, .refused(refusal))
        } else {
          await senders.removeValue(forKey: work.host)?.close()
          unreachable.insert(work.host)
          try messenger.retractionFailed(work, .unreachable)
        }
        continue
      }
      try messenger.retracted(work)
    }
  }
}
