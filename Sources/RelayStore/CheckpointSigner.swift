import RelayCore
import RelayWire
import Synchronization

/// Signs the checkpoints of pages (C7), each head once: whoever asks again for the same place of a log gets the same
/// bytes.
///
/// Only what a reader's snapshot shows is signed, and a snapshot shows only what was committed and fsync'ed.
final class CheckpointSigner: Sendable {
  /// About 1 MiB; beyond it, it is emptied and fills again.
  static let capacity = 4_096
  /// After so many seconds the same head is signed again, so that its time does not grow old.
  static let reuseSeconds: UInt64 = 60

  private let signer: any RelaySigner
  private let signed = Mutex<[MailboxID: SignedCheckpoint]>([:])

  init(_ signer: any RelaySigner) { self.signer = signer }

  /// - Throws: ``StoreError/unavailable`` if the relay cannot sign.
  func sign(_ checkpoint: Checkpoint) throws(StoreError) -> SignedCheckpoint {
    if let known = signed.withLock({ $0[checkpoint.mailbox] }), Self.stillSays(known.checkpoint, checkpoint) {
      return known
    }
    guard let signature = signer.signature(label: MailboxLogLabel.checkpoint, body: checkpoint.bytes) else {
      throw .unavailable
    }
    let result = SignedCheckpoint(checkpoint: checkpoint, signature: signature)
    signed.withLock { signed in
      if signed.count >= Self.capacity { signed.removeAll(keepingCapacity: true) }
      signed[checkpoint.mailbox] = result
    }
    return result
  }

  private static func stillSays(_ known: Checkpoint, _ wanted: Checkpoint) -> Bool {
    known.epoch == wanted.epoch && known.seq == wanted.seq && known.head == wanted.head && known.at <= wanted.at
      && wanted.at - known.at < reuseSeconds
  }
}
