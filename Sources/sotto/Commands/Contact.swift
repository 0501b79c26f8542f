import ArgumentParser

/// `sotto contact`: the people of this account.
struct Contact: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Take invites, list and verify contacts.",
    discussion: """
        sotto contact add 'sotto://127.0.0.1:8440/#sotto1…/…' --as Bob
        sotto contact list
        sotto contact verify Bob
        sotto contact accept-devices Bob
        sotto contact remove Bob --erase-history
      """,
    subcommands: [
      ContactAdd.self, ContactList.self, ContactVerify.self, ContactAcceptDevices.self, ContactBlock.self,
      ContactUnblock.self, ContactRemove.self,
    ])
}
