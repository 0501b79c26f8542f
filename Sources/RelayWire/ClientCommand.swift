/// One validated command, typed by who may give it (Protocol §2).
package enum ClientCommand: Hashable, Sendable {
  case owner(OwnerCommand)
  case sender(SenderCommand)
  case anyone(AnyoneCommand)

  init(_ command: Sotto_Relay_V1_ClientFrame.OneOf_Command) throws(WireError) {
    switch command {
    case .openMailbox(let message): self = .owner(.openMailbox(try OpenMailboxCommand(message)))
    case .setAdmission(let message): self = .owner(.setAdmission(try AdmissionChange(message)))
    case .fetch(let message): self = .owner(.fetch(try FetchCommand(message)))
    case .subscribe(let message): self = .owner(.subscribe(try SubscribeCommand(message)))
    case .acknowledge(let message): self = .owner(.acknowledge(try AcknowledgeCommand(message)))
    case .publish(let message): self = .owner(.publish(try PublishCommand(message)))
    case .closeMailbox(let message): self = .owner(.closeMailbox(try MailboxID(message.mailbox)))
    case .put(let message): self = .sender(.put(try PutCommand(message)))
    case .putBatch(let message): self = .sender(.putBatch(try Self.puts(message)))
    case .fetchBundle(let message): self = .sender(.fetchBundle(try FetchBundleCommand(message)))
    case .createBlob(let message): self = .sender(.createBlob(try CreateBlobCommand(message)))
    case .retract(let message): self = .sender(.retract(try RetractCommand(message)))
    case .receiptStatus(let message): self = .sender(.receiptStatus(try ReceiptStatusCommand(message)))
    case .getInfo: self = .anyone(.getInfo)
    }
  }

  var message: Sotto_Relay_V1_ClientFrame.OneOf_Command {
    switch self {
    case .owner(let command): command.message
    case .sender(let command): command.message
    case .anyone(let command): command.message
    }
  }

  /// - Throws: also when the batch is empty; one malformed put refuses the whole frame.
  private static func puts(_ message: Sotto_Relay_V1_PutBatch) throws(WireError) -> [PutCommand] {
    guard !message.puts.isEmpty else { throw .missing(field: "puts") }
    try bounded(message.puts.count, limit: WireLimits.maximumPuts, field: "puts")
    var puts: [PutCommand] = []
    puts.reserveCapacity(message.puts.count)
    for put in message.puts { puts.append(try PutCommand(put)) }
    return puts
  }
}
