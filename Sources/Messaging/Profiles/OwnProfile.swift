import Ambient
package import MessageContent
import Vault

/// What is to be changed of the own profile; nil stays as it is.
package struct ProfileChange: Hashable, Sendable {
  package var name: String?
  package var about: String?
  /// False takes the menu away too.
  package var isBot: Bool?
  /// An account with a menu is a bot.
  package var commands: [BotCommand]?

  package init(name: String? = nil, about: String? = nil, isBot: Bool? = nil, commands: [BotCommand]? = nil) {
    self.name = name
    self.about = about
    self.isBot = isBot
    self.commands = commands
  }
}

extension Messenger {
  /// What this account tells its contacts of itself.
  package func ownProfile() throws -> Profile { try vault.read { transaction in try ownProfile(transaction) } }

  /// Changes what this account tells of itself, and tells it to every accepted contact. Nothing, when nothing is new.
  ///
  /// - Returns: the profile from now on.
  /// - Throws: ``MessagingError/unusableName``, ``MessagingError/tooLarge(limit:actual:)``,
  ///   ``MessagingError/unusableMenu``; nothing was changed then.
  @discardableResult
  package func changeProfile(_ change: ProfileChange) throws -> Profile {
    let name = try change.name.map { try Self.usableName($0) }
    return try vault.write { transaction in
      let known = try ownProfile(transaction)
      let profile = try Self.changed(known, change, name: name, revision: known.revision)
      guard profile != known else { return known }
      // Revisions are times, so that a vault that was restored from an older state goes on above what it has told.
      let revision = max(known.revision + 1, UInt64(clamping: now.milliseconds))
      let next = try Self.changed(known, change, name: name, revision: revision)
      try transaction.setAccountValue(.name, [UInt8](next.name.utf8))
      try transaction.setAccountValue(.profile, try encode(.control(.profile(next))))
      for contact in try transaction.contacts() { try tellProfile(to: contact.id, notBefore: now, transaction) }
      return next
    }
  }

  private static func changed(
    _ known: Profile, _ change: ProfileChange, name: String?, revision: UInt64
  ) throws(MessagingError) -> Profile {
    let commands = change.commands ?? (change.isBot == false ? [] : known.commands)
    do throws(ContentError) {
      return try Profile(
        revision: revision, name: name ?? known.name, about: change.about ?? known.about,
        isBot: change.isBot ?? (known.isBot || !commands.isEmpty), commands: commands)
    } catch {
      switch error {
      case .tooLong(_, let limit, let actual): throw .tooLarge(limit: limit, actual: actual)
      default: throw .unusableMenu
      }
    }
  }

  func ownProfile(_ transaction: VaultTransaction) throws -> Profile {
    guard let encoded = try transaction.accountValue(.profile) else {
      return try Profile(revision: 0, name: try ownName(transaction), about: "", isBot: false, commands: [])
    }
    return try Self.profile(in: encoded)
  }

  /// Tells a contact the profile, as it will be when it is sent: only those who were accepted, and nothing before
  /// something was set.
  func tellProfile(to contact: Int64, notBefore: WallTime, _ transaction: VaultTransaction) throws {
    guard try transaction.accountValue(.profile) != nil,
      try transaction.contact(id: contact)?.status == ContactStatus.accepted.rawValue,
      try !transaction.outbox(contactID: contact).contains(where: { row in
        row.kind == OutboxKind.profile.rawValue && row.state == OutboxState.waiting.rawValue
      })
    else { return }
    try enqueue(.profile, contact: contact, message: nil, content: [], notBefore: notBefore, transaction)
  }
}
