import ArgumentParser

/// `sotto completion`: what a shell needs to complete commands, options and the methods of `sotto rpc`.
struct Completion: ParsableCommand {
  enum Shell: String, ExpressibleByArgument, CaseIterable {
    case bash, zsh, fish

    var kind: CompletionShell {
      switch self {
      case .bash: .bash
      case .zsh: .zsh
      case .fish: .fish
      }
    }
  }

  static let configuration = CommandConfiguration(
    abstract: "Print a script by which a shell completes this program's commands.",
    discussion: """
        sotto completion bash > ~/.local/share/bash-completion/completions/sotto
        sotto completion zsh > ~/.zfunc/_sotto
        sotto completion fish > ~/.config/fish/completions/sotto.fish
      """)

  @Argument(help: "bash, zsh or fish.")
  var shell: Shell

  func run() throws { try Output.line(Sotto.completionScript(for: shell.kind)) }
}
