/// What a sender may say, on a connection that has proved nothing.
package enum SenderCommand: Hashable, Sendable {
  case put(PutCommand)
  /// 1 … 64 puts that have nothing to do with each other.
  case putBatch([PutCommand])
  case fetchBundle(FetchBundleCommand)
  case createBlob(CreateBlobCommand)
  case retract(RetractCommand)
  case receiptStatus(ReceiptStatusCommand)

  var message: Sotto_Relay_V1_ClientFrame.OneOf_Command {
    switch self {
    case .put(let command): return .put(command.message)
    case .putBatch(let puts):
      var message = Sotto_Relay_V1_PutBatch()
      message.puts = puts.map(\.message)
      return .putBatch(message)
    case .fetchBundle(let command): return .fetchBundle(command.message)
    case .createBlob(let command): return .createBlob(command.message)
    case .retract(let command): return .retract(command.message)
    case .receiptStatus(let command): return .receiptStatus(command.message)
    }
  }
}

/// What anyone may ask, on any connection.
package enum AnyoneCommand: Hashable, Sendable {
  case getInfo

  var message: Sotto_Relay_V1_ClientFrame.OneOf_Command { .getInfo(Sotto_Relay_V1_GetInfo()) }
}
