using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;

namespace SocketIO.Server.Tests;

/// <summary>Reads what a server shows of itself.</summary>
internal static class Meters
{
    /// <summary>All that can be looked up now, each as its name, its value and its tags.</summary>
    public static List<string> Read(Node node)
    {
        var read = new List<string>();
        using var listener = Listen(node, (name, value, tags) => read.Add($"{name} {value} {tags}"));
        listener.RecordObservableInstruments();
        read.Sort(StringComparer.Ordinal);
        return read;
    }

    /// <summary>How often a bound was met.</summary>
    public static int ReadBound(Node node, string bound)
    {
        var start = "socketio.server.bounds.met ";
        var row = Assert.Single(Read(node), row => row.StartsWith(start, StringComparison.Ordinal) && row.EndsWith(" socketio.bound=" + bound, StringComparison.Ordinal));
        return int.Parse(row.AsSpan(start.Length, row.LastIndexOf(' ') - start.Length), CultureInfo.InvariantCulture);
    }

    /// <summary>Listens to the meter of one server; other tests have servers of their own at the same time.</summary>
    public static MeterListener Listen(Node node, Action<string, double, string> measured)
    {
        var factory = node.App.Services.GetRequiredService<IMeterFactory>();
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "SocketIO.Server" && ReferenceEquals(instrument.Meter.Scope, factory))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => measured(instrument.Name, value, Describe(tags)));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => measured(instrument.Name, value, Describe(tags)));
        listener.Start();
        return listener;
    }

    private static string Describe(ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        string.Join(',', tags.ToArray().Select(static tag => $"{tag.Key}={tag.Value}").Order(StringComparer.Ordinal));
}
