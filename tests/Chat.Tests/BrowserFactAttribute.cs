using System.Runtime.CompilerServices;

namespace Chat.Tests;

/// <summary>A test that needs Node, the packages of the conformance clients and Chromium; where one is missing it is left out, with the reason.</summary>
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute([CallerMemberName] string test = "")
    {
        if (BrowserScript.Missing is { } reason)
        {
            Skip = reason;
            // The summary of a run prints names, not reasons.
            DisplayName = $"{test} ({reason})";
        }
    }
}
