// The binder of configuration passes over keys that it does not know, and a key that is misspelt is worse than one that is missing.
using System.Collections;
using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace SocketIO.Gateway;

/// <summary>Finds what a section of the configuration has that options can't take.</summary>
internal sealed partial class SettingsReader
{
    private readonly List<string> _problems = [];

    /// <summary>What was found.</summary>
    public IReadOnlyCollection<string> Problems => _problems;

    /// <summary>Checks a section against a type of options.</summary>
    /// <param name="section">The section.</param>
    /// <param name="type">The type.</param>
    /// <param name="others">Subsections that are checked for themselves.</param>
    public void Check(IConfigurationSection section, Type type, params ReadOnlySpan<string> others)
    {
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(IsSetting).ToDictionary(static property => property.Name, StringComparer.OrdinalIgnoreCase);
        if (!string.IsNullOrEmpty(section.Value))
        {
            // The binder would pass over it, and leave off what is asked for.
            _problems.Add($"{section.Path} is '{(properties.Values.Any(IsSecret) ? "…" : section.Value)}'; allowed: settings of its own, such as {section.Path}:{properties.Keys.Order(StringComparer.Ordinal).First()}.");
        }

        foreach (var child in section.GetChildren())
        {
            if (properties.TryGetValue(child.Key, out var property))
            {
                var shown = IsSecret(property) ? "…" : child.Value;
                CheckValue(child, Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType, shown);
            }
            else if (!others.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
            {
                _problems.Add($"{child.Path} is no setting; {section.Path} has {string.Join(", ", properties.Keys.Concat(others.ToArray()).Order(StringComparer.Ordinal))}.");
            }
        }
    }

    // Not for the log.
    private static bool IsSecret(PropertyInfo property) => property.IsDefined(typeof(PasswordPropertyTextAttribute));

    private static bool IsSetting(PropertyInfo property) =>
        (property.SetMethod?.IsPublic == true || typeof(IEnumerable).IsAssignableFrom(property.PropertyType)) && IsSetting(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType);

    // Delegates, parsers and the like are for code.
    private static bool IsSetting(Type type) => IsValue(type) || ElementOf(type) is not null || IsOptions(type);

    private static bool IsValue(Type type) => type.IsEnum || type.IsPrimitive || type == typeof(string) || type == typeof(TimeSpan);

    private static bool IsOptions(Type type) =>
        type.IsClass && type.Name.EndsWith("Options", StringComparison.Ordinal) && type.Namespace!.StartsWith("SocketIO", StringComparison.Ordinal);

    private static Type? ElementOf(Type type)
    {
        var element = type.IsArray ? type.GetElementType()!
            : type.IsGenericType && typeof(IEnumerable).IsAssignableFrom(type) ? type.GetGenericArguments()[^1]
            : null;
        return element is not null && (IsValue(element) || IsOptions(element)) ? element : null;
    }

    private void CheckValue(IConfigurationSection section, Type type, string? shown)
    {
        if (ElementOf(type) is { } element)
        {
            if (!string.IsNullOrEmpty(section.Value))
            {
                _problems.Add($"{section.Path} is '{shown}'; allowed: several values, {section.Path}:0, {section.Path}:1 and so on, or by name.");
            }

            foreach (var child in section.GetChildren())
            {
                CheckValue(child, element, child.Value);
            }
        }
        else if (!IsValue(type))
        {
            Check(section, type);
        }
        else if (!IsReadable(section.Value, type))
        {
            _problems.Add($"{section.Path} is '{shown}'; allowed: {Describe(type)}.");
        }
    }

    private static bool IsReadable(string? value, Type type)
    {
        if (type == typeof(string))
        {
            return value is not null;
        }

        try
        {
            return value is not null && TypeDescriptor.GetConverter(type).ConvertFromInvariantString(value) is { } read && IsMeant(value, read, type);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or OverflowException or InvalidCastException)
        {
            return false;
        }
    }

    // A number alone would be read as so many days, as would 24 hours, and as an enumeration's value whether it has one or not.
    private static bool IsMeant(string value, object read, Type type) =>
        type == typeof(TimeSpan) ? read.Equals(TimeSpan.Zero) || Time().IsMatch(value)
        : !type.IsEnum || type.IsDefined(typeof(FlagsAttribute)) || Enum.IsDefined(type, read);

    private static string Describe(Type type) =>
        type.IsEnum ? $"{(type.IsDefined(typeof(FlagsAttribute)) ? "one or more of" : "one of")} {string.Join(", ", Enum.GetNames(type))}"
        : type == typeof(bool) ? "true or false"
        : type == typeof(TimeSpan) ? "a time such as 00:00:25, hours first, which are at most 23; a day is 1.00:00:00"
        : type == typeof(string) ? "a text"
        : string.Create(CultureInfo.InvariantCulture, $"a number from {type.GetField(nameof(int.MinValue))!.GetValue(null)} to {type.GetField(nameof(int.MaxValue))!.GetValue(null)}");

    [GeneratedRegex(@"^-?([0-9]+\.)?([01]?[0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Time();
}
