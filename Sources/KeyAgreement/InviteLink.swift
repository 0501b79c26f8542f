package import ByteLayout
import SecretMemory

/// Why text is not an invite.
package enum InviteLinkError: Error, Hashable, Sendable {
  /// No `scheme://` at all.
  case notALink
  /// Another scheme: a web address, or a linking URI, which an invite scanner must never accept.
  case otherScheme
  /// Not `HOST:PORT/#ADDRESS/SECRET` after the scheme.
  case wrongShape
  /// The relay's address is not in its one spelling.
  case relay(LayoutError)
  /// The account's address is mistyped or not an address.
  case address(Bech32mError)
  /// Token and mailbox are not 48 bytes in base64url.
  case wrongSecret
}

/// An invite: where, whom, and the right to say so (Protocol §1).
///
/// `sotto://HOST:PORT/#sotto1…/base64url(token(16) ‖ mailbox(32))`. All that identifies lies in the fragment, which no
/// browser sends. There is one spelling per invite.
package struct InviteLink: Hashable, Sendable {
  /// Where the inviter's relay listens.
  package let relay: RelayAddress
  /// Whom to expect: everything that the relay serves must verify under it.
  package let account: AccountID
  /// The right to one first contact, 16 random bytes. Public to whoever sees the link.
  package let token: FixedBytes<16>
  /// One entry of the account's list must have this mailbox.
  package let mailbox: FixedBytes<32>

  private static let scheme = "sotto://"

  package init(relay: RelayAddress, account: AccountID, token: FixedBytes<16>, mailbox: FixedBytes<32>) {
    self.relay = relay
    self.account = account
    self.token = token
    self.mailbox = mailbox
  }

  /// Reads an invite, strictly.
  package init(text: String) throws(InviteLinkError) {
    guard text.hasPrefix(Self.scheme) else {
      throw text.contains("://") || text.contains(":") ? .otherScheme : .notALink
    }
    let parts = text.dropFirst(Self.scheme.count).split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[1].hasPrefix("#") else { throw .wrongShape }
    do throws(LayoutError) { relay = try RelayAddress(validating: String(parts[0])) } catch { throw .relay(error) }
    do throws(Bech32mError) { account = try AccountID(text: String(parts[1].dropFirst())) } catch {
      throw .address(error)
    }
    guard let secret = Base64URL.decode(parts[2]) else { throw .wrongSecret }
    var reader = LayoutReader(secret)
    do throws(LayoutError) {
      token = try reader.fixed()
      mailbox = try reader.fixed()
      try reader.finish()
    } catch { throw .wrongSecret }
    // An address in capitals is valid on its own; here it would be a second spelling.
    guard self.text == text else { throw .wrongShape }
  }

  /// The link.
  package var text: String {
    "\(Self.scheme)\(relay.text)/#\(account.text)/\(Base64URL.encode(token.array + mailbox.array))"
  }

  /// The tag that lets the invited in until they have a slot of their own (C9).
  package func tag() throws(KeyAgreementError) -> FixedBytes<16> {
    let token = try KeyAgreementError.memory { () throws(SecretMemoryError) in
      try SecretBytes(copying: self.token.array)
    }
    return try DeliveryTags.inviteTag(token: token, mailbox: mailbox)
  }
}
