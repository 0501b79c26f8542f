import ByteLayout
import FoundationEssentials

/// What only the owner of a mailbox may say, on a connection that has proved it.
package enum OwnerCommand: Hashable, Sendable {
  case openMailbox(OpenMailboxCommand)
  case setAdmission(AdmissionChange)
  case fetch(FetchCommand)
  case subscribe(SubscribeCommand)
  case acknowledge(AcknowledgeCommand)
  case publish(PublishCommand)
  /// Deletes the mailbox and everything in it, for good.
  case closeMailbox(MailboxID)

  /// The mailbox that the command is about.
  package var mailbox: MailboxID {
    switch self {
    case .openMailbox(let command): command.mailbox
    case .setAdmission(let command): command.mailbox
    case .fetch(let command): command.mailbox
    case .subscribe(let command): command.mailbox
    case .acknowledge(let command): command.mailbox
    case .publish(let command): command.mailbox
    case .closeMailbox(let mailbox): mailbox
    }
  }

  var message: Sotto_Relay_V1_ClientFrame.OneOf_Command {
    switch self {
    case .openMailbox(let command): return .openMailbox(command.message)
    case .setAdmission(let command): return .setAdmission(command.message)
    case .fetch(let command): return .fetch(command.message)
    case .subscribe(let command): return .subscribe(command.message)
    case .acknowledge(let command): return .acknowledge(command.message)
    case .publish(let command): return .publish(command.message)
    case .closeMailbox(let mailbox):
      var message = Sotto_Relay_V1_CloseMailbox()
      message.mailbox = mailbox.bytes.data
      return .closeMailbox(message)
    }
  }
}
