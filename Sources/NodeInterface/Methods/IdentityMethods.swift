import ByteLayout
import Messaging

/// `identity.*`: whether a contact is who they say.
enum IdentityMethods {
  static let all = [safetyNumber, verify, unverify, accept]

  private static let safetyNumber = Method(
    "identity.safetyNumber", "Returns the number that both sides see if nobody is between them.", scope: .read,
    parameters: [ContactMethods.contact],
    result: .object([
      .init("digits", .text(), "60 digits."), .init("version", .integer(), "Of their making: 1."),
      .init("state", .choice(["verified", "unverified"]), "Whether you have compared it."),
      .init(
        "lacksOneTimePrekey", .boolean,
        "Whether the session with them began without a one-time prekey, because a relay had none: what was sent before the first "
          + "answer can be read by who later gets the keys of the device that was called."),
      .init(
        "awaitsSecondKey", .boolean,
        "Whether they started the session and have not written since your first answer arrived: until then somebody who stole keys "
          + "of your device could have started it in their name."),
      .optional("held", .array(.text()), "Hashes of device lists that wait for identity.accept."),
      .optional(
        "equivocation", .boolean, "Then: whether two lists of one version were signed, as no honest account does."),
    ]), errors: [.notFound]
  ) { call in
    let id = try call.contact()
    return try await call.read { messenger in
      let contact = try ContactMethods.known(id, messenger)
      let held = try messenger.heldDevices(contact: id)
      return .object(present: [
        "digits": .string(try messenger.safetyNumber(contact: id)), "version": 1,
        "state": .string(contact.isVerified ? "verified" : "unverified"),
        "lacksOneTimePrekey": .bool(try messenger.lacksOneTimePrekey(contact: id)),
        "awaitsSecondKey": .bool(try messenger.awaitsSecondKey(contact: id)),
        "held": held.map { .strings($0.choices.map { Hexadecimal.encode($0.array) }) },
        "equivocation": held.map { .bool($0.isEquivocation) },
      ])
    }
  }

  private static let verify = Method(
    "identity.verify", "Notes that the number was compared. The digits that the other side sees must be given.",
    scope: .identity,
    parameters: [ContactMethods.contact, .init("digits", .text(most: 128), "As the other side sees them.")],
    result: InterfaceObject.contactSchema, errors: [.notFound, .untrustedIdentity], mutates: true
  ) { call in
    let id = try call.contact()
    let digits = try call.text("digits").filter { !$0.isWhitespace }
    return try await call.transaction { messenger in
      _ = try ContactMethods.known(id, messenger)
      guard try messenger.safetyNumber(contact: id) == digits else {
        throw InterfaceError(.untrustedIdentity, "These are other digits than those of this contact.")
      }
      try messenger.markVerified(contact: id)
      return InterfaceObject.contact(try ContactMethods.known(id, messenger))
    }
  }

  private static let unverify = Method(
    "identity.unverify", "Takes it back that the number was compared.", scope: .identity,
    parameters: [ContactMethods.contact], result: InterfaceObject.contactSchema, errors: [.notFound], mutates: true
  ) { call in
    let id = try call.contact()
    return try await call.transaction { messenger in
      _ = try ContactMethods.known(id, messenger)
      try messenger.unmarkVerified(contact: id)
      return InterfaceObject.contact(try ContactMethods.known(id, messenger))
    }
  }

  private static let accept = Method(
    "identity.accept",
    "Accepts a change of a contact's devices by the exact hash of their list; what was held goes out.",
    scope: .identity,
    parameters: [ContactMethods.contact, .init("listHash", .text(most: 64), "64 hexadecimal digits.")],
    result: InterfaceObject.contactSchema, errors: [.notFound, .conflict, .untrustedIdentity], network: .background,
    mutates: true
  ) { call in
    let id = try call.contact()
    let text = try call.text("listHash")
    let hash: FixedBytes<32>
    do { hash = try FixedBytes(Hexadecimal.decode(text)) } catch {
      throw InterfaceError.parameter("listHash", expected: "64 hexadecimal digits")
    }
    return try await call.transaction { messenger in
      _ = try ContactMethods.known(id, messenger)
      try messenger.acceptDevices(contact: id, listHash: hash)
      return InterfaceObject.contact(try ContactMethods.known(id, messenger))
    }
  }
}
