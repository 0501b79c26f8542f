import ByteLayout
import FoundationEssentials

/// One validated thing that a relay says.
package enum RelayEvent: Hashable, Sendable {
  case hello(RelayHello)
  case refusal(RelayRefusal)
  case opened(OpenReply)
  /// Done, with nothing to tell: SetAdmission, Subscribe, Acknowledge, CloseMailbox, Retract.
  case done
  /// Answers Fetch; by itself (request 0): pushed to a subscriber.
  case page(MailboxPage)
  /// How many one-time prekeys are left.
  case published(oneTimeLeft: UInt32)
  case storedReceipt(StoredReceipt)
  /// One result for every put of the batch, in its order.
  case putBatchResult([PutResult])
  case bundleReply(BundleReply)
  case blobGrant(BlobGrant)
  /// One answer for every token, in its order: true is collected, false says nothing (R13).
  case receiptStatus([Bool])
  case info(RelayInfo)
  case ephemeral(EphemeralDelivery)
  /// Another connection opened this mailbox.
  case fencedOut(MailboxID)

  init(_ event: Sotto_Relay_V1_ServerFrame.OneOf_Event) throws(WireError) {
    switch event {
    case .hello(let message): self = .hello(try RelayHello(message))
    case .refusal(let message): self = .refusal(try RelayRefusal(message))
    case .opened(let message): self = .opened(try OpenReply(message))
    case .done: self = .done
    case .page(let message): self = .page(try MailboxPage(message))
    case .published(let message): self = .published(oneTimeLeft: message.oneTimeLeft)
    case .storedReceipt(let message): self = .storedReceipt(try StoredReceipt(message))
    case .putBatchResult(let message):
      try bounded(message.results.count, limit: WireLimits.maximumPuts, field: "results")
      var results: [PutResult] = []
      for result in message.results { results.append(try PutResult(result)) }
      self = .putBatchResult(results)
    case .bundleReply(let message): self = .bundleReply(try BundleReply(message))
    case .blobGrant(let message): self = .blobGrant(try BlobGrant(message))
    case .receiptStatusReply(let message):
      try bounded(message.collected.count, limit: WireLimits.maximumReceiptTokens, field: "collected")
      self = .receiptStatus(message.collected)
    case .info(let message): self = .info(try RelayInfo(message))
    case .ephemeral(let message): self = .ephemeral(try EphemeralDelivery(message))
    case .fencedOut(let message): self = .fencedOut(try MailboxID(message.mailbox))
    }
  }

  var message: Sotto_Relay_V1_ServerFrame.OneOf_Event {
    switch self {
    case .hello(let event): return .hello(event.message)
    case .refusal(let event): return .refusal(event.message)
    case .opened(let event): return .opened(event.message)
    case .done: return .done(Sotto_Relay_V1_Done())
    case .page(let event): return .page(event.message)
    case .published(let oneTimeLeft):
      var message = Sotto_Relay_V1_Published()
      message.oneTimeLeft = oneTimeLeft
      return .published(message)
    case .storedReceipt(let event): return .storedReceipt(event.message)
    case .putBatchResult(let results):
      var message = Sotto_Relay_V1_PutBatchResult()
      message.results = results.map(\.message)
      return .putBatchResult(message)
    case .bundleReply(let event): return .bundleReply(event.message)
    case .blobGrant(let event): return .blobGrant(event.message)
    case .receiptStatus(let collected):
      var message = Sotto_Relay_V1_ReceiptStatusReply()
      message.collected = collected
      return .receiptStatusReply(message)
    case .info(let event): return .info(event.message)
    case .ephemeral(let event): return .ephemeral(event.message)
    case .fencedOut(let mailbox):
      var message = Sotto_Relay_V1_FencedOut()
      message.mailbox = mailbox.bytes.data
      return .fencedOut(message)
    }
  }
}
