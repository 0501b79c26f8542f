import Ambient
import Vault

extension Messenger {
  /// Makes due what waits longer than anything ever does: it was put off by a clock that ran ahead and was put right
  /// since (G5). Without this a node would be silent for as long as its clock had been wrong.
  func hastenWhatAWrongClockPutOff(_ transaction: VaultTransaction) throws {
    try transaction.hastenOutbox(
      after: now.milliseconds + Backoff.longestWaitMilliseconds, toMilliseconds: now.milliseconds)
    try transaction.hastenDueReceipts(
      after: now.milliseconds + 2 * Self.receiptGridMilliseconds, toMilliseconds: now.milliseconds)
  }
}
