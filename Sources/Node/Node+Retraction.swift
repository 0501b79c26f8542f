import Messaging
import RelayClient

extension Node {
  /// Takes back the envelopes and files that are due, as far as their relays can be reached. What fails is tried again later.
  ///
  /// - Parameter unreachable: relays that were not reached; added to.
  func takeBack(_ unreachable: inout Set<String>) async throws {
    while let work = try messenger.nextRetraction(unreachableHosts: unreachable) {
      if let failure = await takeBack(work) {
        if case .unreachable = failure { unreachable.insert(work.host) }
        try messenger.retractionFailed(work, failure)
        continue
      }
      try messenger.retracted(work)
    }
  }

  /// - Returns: nil when it is not there any more.
  private func takeBack(_ work: RetractionWork) async -> SenderFailure? {
    switch work.item {
    case .envelope(let relayKey, let command):
      do throws(RelayClientError) {
        try await sender(work.host, relayKey).retract(command)
        return nil
      } catch {
        if case .refused(let refusal) = error { return .refused(refusal) }
        await senders.removeValue(forKey: work.host)?.close()
        return .unreachable
      }
    case .file(let capability):
      do {
        try await BlobTransfer(route: work.host, transport: transport, timeLimit: limits.request).delete(capability)
        return nil
      } catch { return .unreachable }
    }
  }
}
