namespace SocketIO.Gateway;

/// <summary>The gateway can't run with what it was told. Each problem names the key, its value and what is allowed.</summary>
/// <param name="problems">The problems.</param>
public sealed class SettingsException(params IReadOnlyCollection<string> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    /// <summary>The problems.</summary>
    public IReadOnlyCollection<string> Problems => problems;
}
