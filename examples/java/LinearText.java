import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Scores messages with a linear text model, on Android (API level 26 on) or on any Java from version 11 on.
 *
 * <p>One file, nothing but the standard library. The format of {@code model.json}, and every step from a text to
 * probabilities, is specified in docs/reference/text-model.md; {@code java LinearText.java check VECTORS.json} compares
 * this reader with the golden vectors.
 *
 * <pre>
 * LinearText model = LinearText.parse(json);                  // once; keep it
 * Map&lt;String, Double&gt; chances = model.probabilities("Win a free prize!", temperature);
 * List&lt;LinearText.Stage&gt; why = model.explain("Win a free prize!");
 * </pre>
 *
 * <p>A model is safe to share between threads. {@code temperature} is that of {@code signature.json}.
 */
public final class LinearText {
  private static final String FORMAT = "outclass-linear-text";
  private static final int VERSION = 1;
  private static final int LEAST_RUN = 3;
  private static final int[][] SPACES = {
    {0x0009, 0x000d}, {0x001c, 0x0020}, {0x0085, 0x0085}, {0x00a0, 0x00a0}, {0x1680, 0x1680}, {0x2000, 0x200a},
    {0x2028, 0x2029}, {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000},
  };
  private static final int[][] IGNORED = {
    {0x0000, 0x0008}, {0x000e, 0x001b}, {0x007f, 0x0084}, {0x0086, 0x009f}, {0x00ad, 0x00ad}, {0x034f, 0x034f},
    {0x061c, 0x061c}, {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x200b, 0x200f}, {0x202a, 0x202e},
    {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff9, 0xfffb},
    {0x1f3fb, 0x1f3ff}, {0xe0000, 0xe0fff},
  };
  private static final int[][] EMOJI = {{0x2600, 0x27bf}, {0x2b00, 0x2bff}, {0x1f000, 0x1faff}};
  private static final int[][] ACCENTS = {{0x0300, 0x036f}};
  private static final Map<String, String> TITLES = titles();

  private final List<String> classes;
  private final int longest;
  private final Disguises disguises;
  private final List<Block> blocks;
  private final List<String> measures;
  private final Map<String, Condition> conditions;
  private final List<Rule> rules;
  private final List<Parting> stages;

  // --- what is told of a text ---

  /** A token and what it adds; {@code start} and {@code end} count code points of the text. */
  public static final class Span {
    public final int start;
    public final int end;
    public final String token;
    public final double value;

    Span(int start, int end, String token, double value) {
      this.start = start;
      this.end = end;
      this.token = token;
      this.value = value;
    }
  }

  /** What a measure or a rule adds. */
  public static final class Part {
    public final String name;
    public final String title;
    public final double value;

    Part(String name, String title, double value) {
      this.name = name;
      this.title = title;
      this.value = value;
    }
  }

  /** Why a stage decided as it did: numbers above 0 speak for {@code group}, below 0 against it. */
  public static final class Stage {
    public final String name;
    public final List<String> group;
    public final double score;
    public final double base;
    public final List<Span> spans;
    public final List<Part> measures;
    public final List<Part> rules;

    Stage(String name, List<String> group, double base, List<Span> spans, List<Part> measures, List<Part> rules) {
      double sum = base;
      for (Span span : spans) sum += span.value;
      for (Part part : measures) sum += part.value;
      for (Part part : rules) sum += part.value;
      this.name = name;
      this.group = group;
      this.score = sum;
      this.base = base;
      this.spans = spans;
      this.measures = measures;
      this.rules = rules;
    }
  }

  /** Reads the text of a {@code model.json}; an IllegalArgumentException says what is wrong with it. */
  public static LinearText parse(String json) {
    return new LinearText(object(Json.parse(json)));
  }

  /** Returns the names of the classes, in the order of the logits. */
  public List<String> classes() {
    return classes;
  }

  /** Returns whether a text holds anything to answer for. */
  public boolean isEmpty(String text) {
    return chunks(text).isEmpty();
  }

  /** Returns the logarithm of each class's probability, before the temperature of the signature. */
  public double[] logits(String text) {
    Reading reading = read(text);
    double[] logits = new double[classes.size()];
    for (Parting stage : stages) {
      double[] shares = logSoftmax(scores(stage, reading));
      for (int place = 0; place < logits.length; place++) {
        for (int group = 0; group < shares.length; group++) {
          if (stage.groups.get(group).contains(classes.get(place))) logits[place] += shares[group];
        }
      }
    }
    return logits;
  }

  /** Returns the probability of each class. */
  public Map<String, Double> probabilities(String text, double temperature) {
    double[] logits = logits(text);
    for (int place = 0; place < logits.length; place++) logits[place] /= temperature;
    double[] shares = logSoftmax(logits);
    Map<String, Double> found = new LinkedHashMap<>();
    for (int place = 0; place < shares.length; place++) found.put(classes.get(place), Math.exp(shares[place]));
    return found;
  }

  /** Returns what each token, measure and rule adds to the score of each stage. */
  public List<Stage> explain(String text) {
    Reading reading = read(text);
    List<Stage> found = new ArrayList<>();
    for (Parting stage : stages) {
      int count = stage.rows.size();
      for (int group = count == 1 ? 1 : 0; group < Math.max(2, count); group++) {
        double[] shares = new double[count];
        for (int row = 0; row < count; row++) {
          shares[row] = count == 1 || row == group ? 1 : -1.0 / (count - 1);
        }
        found.add(explain(stage, group, shares, reading));
      }
    }
    return found;
  }

  private Stage explain(Parting stage, int group, double[] shares, Reading reading) {
    double base = 0;
    double[] tokens = new double[reading.tokens.size()];
    double[] measured = new double[measures.size()];
    double[] held = new double[rules.size()];
    for (int row = 0; row < shares.length; row++) {
      double factor = shares[row] * stage.scale;
      base += factor * stage.rows.get(row).intercept + shares[row] * stage.offsets[row];
      addParts(stage.rows.get(row), reading, factor, tokens, measured, held);
    }
    List<Span> spans = new ArrayList<>();
    for (int at = 0; at < tokens.length; at++) {
      Token token = reading.tokens.get(at);
      spans.add(new Span(token.start, token.end, token.text, tokens[at]));
    }
    List<Part> ofMeasures = new ArrayList<>();
    for (int at = 0; at < measured.length; at++) {
      ofMeasures.add(new Part(measures.get(at), TITLES.get(measures.get(at)), measured[at]));
    }
    List<Part> ofRules = new ArrayList<>();
    for (int at = 0; at < held.length; at++) {
      if (reading.rules[at] > 0) ofRules.add(new Part(rules.get(at).name, rules.get(at).title, held[at]));
    }
    return new Stage(stage.name, stage.groups.get(group), base, spans, ofMeasures, ofRules);
  }

  private double[] scores(Parting stage, Reading reading) {
    double[] scores = new double[Math.max(2, stage.rows.size())];
    int first = stage.rows.size() == 1 ? 1 : 0;
    for (int row = 0; row < stage.rows.size(); row++) {
      double[] tokens = new double[reading.tokens.size()];
      double[] measured = new double[measures.size()];
      double[] held = new double[rules.size()];
      addParts(stage.rows.get(row), reading, 1, tokens, measured, held);
      double decision = stage.rows.get(row).intercept + sum(tokens) + sum(measured) + sum(held);
      scores[first + row] = stage.scale * decision + stage.offsets[row];
    }
    return scores;
  }

  /** Adds what tokens, measures and rules add to a row's decision, times a factor. */
  private void addParts(
      Row row, Reading reading, double factor, double[] tokens, double[] measured, double[] held) {
    for (int number = 0; number < blocks.size(); number++) {
      double[] coefficients = row.coefficients.get(blocks.get(number).name);
      for (Occurrence one : reading.occurrences.get(number)) {
        double value = factor * coefficients[one.place] * one.value / one.length;
        for (int at = one.first; at < one.first + one.length; at++) tokens[at] += value;
      }
    }
    double[] ofMeasures = row.coefficients.get("measures");
    for (int at = 0; at < measured.length; at++) measured[at] += factor * ofMeasures[at] * reading.measures[at];
    double[] ofRules = row.coefficients.get("rules");
    for (int at = 0; at < held.length; at++) held[at] += factor * ofRules[at] * reading.rules[at];
  }

  // --- from a text to tokens ---

  private static final class Token {
    final int start;
    int end;
    String text;

    Token(int start, int end, String text) {
      this.start = start;
      this.end = end;
      this.text = text;
    }
  }

  /** A run of visible characters: its folded code points, where each came from, and its tokens. */
  private static final class Chunk {
    final int start;
    int end;
    final List<Integer> points = new ArrayList<>();
    final List<Integer> places = new ArrayList<>();
    final List<Token> tokens = new ArrayList<>();

    Chunk(int start) {
      this.start = start;
    }
  }

  private static final class Occurrence {
    final int place;
    final int first;
    final int length;
    double value;

    Occurrence(int place, int first, int length) {
      this.place = place;
      this.first = first;
      this.length = length;
    }
  }

  /** A text as the model sees it. */
  private static final class Reading {
    final List<Token> tokens = new ArrayList<>();
    final List<List<Occurrence>> occurrences = new ArrayList<>();
    double[] measures;
    double[] rules;
  }

  private Reading read(String text) {
    List<Chunk> chunks = chunks(text);
    List<Token> hidden = disguises.hidden(chunks);
    Reading reading = new Reading();
    for (Chunk chunk : chunks) reading.tokens.addAll(chunk.tokens);
    reading.tokens.addAll(hidden);
    List<String> tokens = new ArrayList<>();
    for (Token token : reading.tokens) tokens.add(token.text);
    for (Block block : blocks) reading.occurrences.add(block.features(tokens));
    Set<String> holding = new HashSet<>();
    Set<String> different = new LinkedHashSet<>(tokens);
    conditions.forEach((name, condition) -> {
      if (different.stream().anyMatch(condition::fits)) holding.add(name);
    });
    Map<String, Double> measured = measure(chunks, hidden.size());
    reading.measures = measures.stream().mapToDouble(measured::get).toArray();
    reading.rules = rules.stream().mapToDouble(rule -> rule.holds(holding) ? 1 : 0).toArray();
    return reading;
  }

  private List<Chunk> chunks(String text) {
    List<Chunk> chunks = new ArrayList<>();
    Chunk chunk = null;
    int place = 0;
    for (int at = 0; at < text.length() && place < longest; place++) {
      int point = text.codePointAt(at);
      at += Character.charCount(point);
      if (among(point, SPACES)) {
        chunk = null;
        continue;
      }
      if (chunk == null) {
        chunk = new Chunk(place);
        chunks.add(chunk);
      }
      chunk.end = place + 1;
      for (int folded : fold(point)) {
        chunk.points.add(folded);
        chunk.places.add(place);
      }
    }
    chunks.removeIf(one -> one.points.isEmpty());
    chunks.forEach(LinearText::tokenize);
    return chunks;
  }

  /** Returns the code points that one code point becomes; case and ASCII digits stay. */
  private static int[] fold(int point) {
    if (among(point, IGNORED)) return new int[0];
    if (point < 0x80) return new int[] {point};
    return Normalizer.normalize(text(point), Normalizer.Form.NFKD)
        .codePoints()
        .filter(x -> !among(x, IGNORED) && !among(x, SPACES) && !among(x, ACCENTS))
        .map(x -> x > '9' && Character.getType(x) == Character.DECIMAL_DIGIT_NUMBER ? '0' : x)
        .toArray();
  }

  private static void tokenize(Chunk chunk) {
    boolean inside = false;
    for (int at = 0; at < chunk.points.size(); at++) {
      int point = chunk.points.get(at);
      int small = isDigit(point) ? '0' : lower(point);
      int place = chunk.places.get(at);
      boolean ofWord = isOfWord(small);
      if (ofWord && inside) {
        Token last = chunk.tokens.get(chunk.tokens.size() - 1);
        last.text += text(small);
        last.end = place + 1;
      } else {
        chunk.tokens.add(new Token(place, place + 1, text(small)));
      }
      inside = ofWord;
    }
  }

  private static int lower(int point) {
    String small = text(point).toLowerCase(Locale.ROOT);
    return small.codePointCount(0, small.length()) == 1 ? small.codePointAt(0) : point;
  }

  private static boolean isOfWord(int point) {
    switch (Character.getType(point)) {
      case Character.NON_SPACING_MARK:
      case Character.COMBINING_SPACING_MARK:
      case Character.ENCLOSING_MARK:
      case Character.DECIMAL_DIGIT_NUMBER:
      case Character.LETTER_NUMBER:
      case Character.OTHER_NUMBER:
        return true;
      default:
        return Character.isLetter(point);
    }
  }

  private static boolean isDigit(int point) {
    return point >= '0' && point <= '9';
  }

  private static boolean isSmall(int point) {
    return point >= 'a' && point <= 'z';
  }

  private static String text(int point) {
    return new String(Character.toChars(point));
  }

  private static boolean among(int point, int[][] ranges) {
    for (int[] range : ranges) {
      if (range[0] <= point && point <= range[1]) return true;
    }
    return false;
  }

  private static final class Disguises {
    final Map<Integer, Integer> letters = new HashMap<>();
    final Set<Integer> joiners = new HashSet<>();
    final Set<String> words;

    Disguises(Map<String, Object> told) {
      only(told, "disguises", "letters", "joiners", "words");
      object(told.get("letters")).forEach((key, value) -> {
        String letter = string(value);
        need(key.codePointCount(0, key.length()) == 1 && letter.length() == 1 && isSmall(letter.charAt(0)), "letters");
        letters.put(key.codePointAt(0), (int) letter.charAt(0));
      });
      need(told.get("joiners") instanceof String, "joiners");
      ((String) told.get("joiners")).codePoints().forEach(joiners::add);
      words = new HashSet<>(names(told.get("words")));
    }

    /** Returns the words that a text hides: first those inside a chunk, then those that are spaced out. */
    List<Token> hidden(List<Chunk> chunks) {
      List<Token> found = new ArrayList<>();
      if (words.isEmpty()) return found;
      StringBuilder singles = new StringBuilder();
      for (Chunk chunk : chunks) {
        String word = inChunk(chunk);
        if (words.contains(word)) found.add(new Token(chunk.start, chunk.end, word));
        int small = chunk.points.size() == 1 ? lower(chunk.points.get(0)) : ' ';
        int letter = letters.getOrDefault(small, small);
        singles.append(isSmall(letter) ? (char) letter : ' ');
      }
      for (int start = 0; start < singles.length(); ) {
        int end = start;
        while (end < singles.length() && singles.charAt(end) != ' ') end++;
        String run = singles.substring(start, end);
        if (end - start >= LEAST_RUN && words.contains(run)) {
          found.add(new Token(chunks.get(start).start, chunks.get(end - 1).end, run));
        }
        start = Math.max(end, start) + 1;
      }
      return found;
    }

    private String inChunk(Chunk chunk) {
      int first = 0;
      int end = chunk.points.size();
      while (first < end && !isOfWord(lower(chunk.points.get(first)))) first++;
      while (end > first && !isOfWord(lower(chunk.points.get(end - 1)))) end--;
      StringBuilder word = new StringBuilder();
      boolean plain = true;
      for (int at = first; at < end; at++) {
        int point = lower(chunk.points.get(at));
        plain &= isSmall(point);
        int shown = letters.getOrDefault(point, point);
        if (!joiners.contains(shown)) word.appendCodePoint(shown);
      }
      return plain ? "" : word.toString();
    }
  }

  // --- features ---

  private static Map<String, Double> measure(List<Chunk> chunks, int disguises) {
    int size = 0, letters = 0, capitals = 0, digits = 0, symbols = 0, exclamations = 0, questions = 0, emoji = 0;
    int number = 0;
    for (Chunk chunk : chunks) {
      int run = 0;
      for (int point : chunk.points) {
        size++;
        if (Character.isLetter(point)) letters++;
        if (lower(point) != point) capitals++;
        if (point == '!') exclamations++;
        if (point == '?') questions++;
        if (among(point, EMOJI)) emoji++;
        if (isDigit(point)) digits++;
        run = isDigit(point) ? run + 1 : 0;
        number = Math.max(number, run);
      }
      for (Token token : chunk.tokens) {
        if (!isOfWord(token.text.codePointAt(0))) symbols++;
      }
    }
    Map<String, Double> found = new HashMap<>();
    found.put("length", Math.min(1, Math.log(1 + size) / Math.log(1001)));
    found.put("capitals", Math.min(1, capitals / (double) Math.max(1, letters)));
    found.put("digits", digits / (double) Math.max(1, size));
    found.put("symbols", symbols / (double) Math.max(1, size));
    found.put("exclamations", Math.min(5, exclamations) / 5.0);
    found.put("questions", Math.min(5, questions) / 5.0);
    found.put("emoji", Math.min(5, emoji) / 5.0);
    found.put("number", Math.min(12, number) / 12.0);
    found.put("disguises", Math.min(3, disguises) / 3.0);
    return found;
  }

  private static Map<String, String> titles() {
    Map<String, String> titles = new LinkedHashMap<>();
    titles.put("length", "length of the message");
    titles.put("capitals", "share of capitals");
    titles.put("digits", "share of digits");
    titles.put("symbols", "share of punctuation");
    titles.put("exclamations", "exclamation marks");
    titles.put("questions", "question marks");
    titles.put("emoji", "emoji");
    titles.put("number", "longest number");
    titles.put("disguises", "words in disguise");
    return titles;
  }

  private static final class Block {
    final String name;
    final boolean words;
    final int least;
    final int most;
    final Map<String, Integer> places = new HashMap<>();
    final double[] idf;

    Block(Map<String, Object> told, double unit) {
      only(told, "a block", "name", "kind", "least", "most", "terms", "idf");
      name = string(told.get("name"));
      words = oneOf(told.get("kind"), "words", "characters").equals("words");
      least = whole(told.get("least"), 1, 8);
      most = whole(told.get("most"), least, 8);
      List<String> terms = names(told.get("terms"));
      for (String term : terms) places.put(term, places.size());
      idf = numbers(told.get("idf"), terms.size(), unit);
    }

    /** Returns each occurrence of a term with its part of the feature. */
    List<Occurrence> features(List<String> tokens) {
      List<Occurrence> found = new ArrayList<>();
      for (int n = least; n <= most; n++) {
        if (words) addWords(found, tokens, n);
        else for (int at = 0; at < tokens.size(); at++) addCharacters(found, tokens.get(at), at, n);
      }
      double squares = 0;
      for (Occurrence one : found) squares += idf[one.place] * idf[one.place];
      for (Occurrence one : found) one.value = squares == 0 ? 0 : idf[one.place] / Math.sqrt(squares);
      return found;
    }

    private void addWords(List<Occurrence> found, List<String> tokens, int n) {
      for (int at = 0; at + n <= tokens.size(); at++) {
        Integer place = places.get(String.join(" ", tokens.subList(at, at + n)));
        if (place != null) found.add(new Occurrence(place, at, n));
      }
    }

    private void addCharacters(List<Occurrence> found, String token, int at, int n) {
      String padded = " " + token + " ";
      int end = padded.codePointCount(0, padded.length());
      int from = 0;
      for (int start = 0; start + n <= end; start++) {
        Integer place = places.get(padded.substring(from, padded.offsetByCodePoints(from, n)));
        if (place != null) found.add(new Occurrence(place, at, 1));
        from = padded.offsetByCodePoints(from, 1);
      }
    }
  }

  private static final class Condition {
    private Set<String> words = Collections.emptySet();
    private List<String> starts = Collections.emptyList();
    private int least = Integer.MAX_VALUE;
    private int most = 0;

    Condition(Map<String, Object> told) {
      need(told.size() == 1, "a condition has one key");
      if (told.containsKey("words")) words = new HashSet<>(names(told.get("words")));
      else if (told.containsKey("starts")) starts = names(told.get("starts"));
      else {
        List<Object> limits = list(told.get("digits"));
        need(limits.size() == 2, "digits");
        least = whole(limits.get(0), 1, 100);
        most = whole(limits.get(1), least, 100);
      }
    }

    boolean fits(String token) {
      if (words.contains(token) || starts.stream().anyMatch(token::startsWith)) return true;
      return token.length() >= least && token.length() <= most && token.chars().allMatch(x -> x == '0');
    }
  }

  private static final class Rule {
    final String name;
    final String title;
    private final List<String> all;
    private final List<String> none;

    Rule(Map<String, Object> told, Set<String> known) {
      only(told, "a rule", "name", "title", "all", "none");
      name = string(told.get("name"));
      title = string(told.get("title"));
      all = names(told.get("all"));
      none = names(told.get("none"));
      need(!all.isEmpty() && known.containsAll(all) && known.containsAll(none), "a rule names unknown conditions");
    }

    boolean holds(Set<String> holding) {
      return holding.containsAll(all) && none.stream().noneMatch(holding::contains);
    }
  }

  // --- stages ---

  private static final class Row {
    final double intercept;
    final Map<String, double[]> coefficients = new HashMap<>();

    Row(Map<String, Object> told, Map<String, Integer> widths, double unit) {
      only(told, "a row", "intercept", "coefficients");
      intercept = number(told.get("intercept"));
      Map<String, Object> given = object(told.get("coefficients"));
      need(given.keySet().equals(widths.keySet()), "coefficients");
      widths.forEach((name, width) -> coefficients.put(name, numbers(given.get(name), width, unit)));
    }
  }

  private static final class Parting {
    final String name;
    final List<List<String>> groups = new ArrayList<>();
    final List<Row> rows = new ArrayList<>();
    final double scale;
    final double[] offsets;

    Parting(Map<String, Object> told, Map<String, Integer> widths, double unit) {
      only(told, "a stage", "name", "groups", "rows", "scale", "offsets");
      name = string(told.get("name"));
      for (Object group : list(told.get("groups"))) groups.add(names(group));
      for (Object row : list(told.get("rows"))) rows.add(new Row(object(row), widths, unit));
      scale = number(told.get("scale"));
      offsets = list(told.get("offsets")).stream().mapToDouble(LinearText::number).toArray();
      need(groups.size() > 1 && groups.stream().noneMatch(List::isEmpty) && scale > 0, "groups, scale");
      need(rows.size() == (groups.size() == 2 ? 1 : groups.size()) && offsets.length == rows.size(), "rows");
    }
  }

  private static double[] logSoftmax(double[] scores) {
    double largest = Arrays.stream(scores).max().getAsDouble();
    double total = 0;
    for (double score : scores) total += Math.exp(score - largest);
    double shift = largest + Math.log(total);
    return Arrays.stream(scores).map(score -> score - shift).toArray();
  }

  private static double sum(double[] values) {
    double total = 0;
    for (double value : values) total += value;
    return total;
  }

  // --- nothing that a file says is believed ---

  private LinearText(Map<String, Object> told) {
    need(FORMAT.equals(told.get("format")) && Double.valueOf(VERSION).equals(told.get("version")), "format or version");
    only(told, "the file", "format", "version", "classes", "decimals", "longest", "disguises", "blocks", "measures",
        "conditions", "rules", "stages");
    double unit = Math.pow(10, whole(told.get("decimals"), 0, 9));
    classes = Collections.unmodifiableList(names(told.get("classes")));
    need(classes.size() >= 2, "classes");
    longest = whole(told.get("longest"), 1, 1_000_000);
    disguises = new Disguises(object(told.get("disguises")));
    blocks = new ArrayList<>();
    Map<String, Integer> widths = new HashMap<>();
    for (Object one : list(told.get("blocks"))) {
      Block block = new Block(object(one), unit);
      need(widths.put(block.name, block.idf.length) == null, "two blocks of one name");
      blocks.add(block);
    }
    measures = names(told.get("measures"));
    need(TITLES.keySet().containsAll(measures), "measures");
    conditions = new LinkedHashMap<>();
    object(told.get("conditions")).forEach((name, one) -> conditions.put(name, new Condition(object(one))));
    rules = new ArrayList<>();
    for (Object one : list(told.get("rules"))) rules.add(new Rule(object(one), conditions.keySet()));
    need(widths.put("measures", measures.size()) == null && widths.put("rules", rules.size()) == null, "blocks");
    stages = new ArrayList<>();
    for (Object one : list(told.get("stages"))) stages.add(new Parting(object(one), widths, unit));
    checkTree();
  }

  private void checkTree() {
    Set<Set<String>> open = new HashSet<>();
    open.add(new HashSet<>(classes));
    for (Parting stage : stages) {
      List<String> parted = new ArrayList<>();
      stage.groups.forEach(parted::addAll);
      Set<String> whole = new HashSet<>(parted);
      need(whole.size() == parted.size() && open.remove(whole), "a stage parts no open group");
      for (List<String> group : stage.groups) {
        if (group.size() > 1) open.add(new HashSet<>(group));
      }
    }
    need(open.isEmpty(), "a group that no stage parts");
  }

  private static void need(boolean right, String what) {
    if (!right) throw new IllegalArgumentException("no model of the format " + FORMAT + " " + VERSION + ": " + what);
  }

  private static void only(Map<String, Object> told, String where, String... keys) {
    need(told.keySet().equals(new HashSet<>(Arrays.asList(keys))), "keys of " + where);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(Object value) {
    need(value instanceof Map, "an object is wanted");
    return (Map<String, Object>) value;
  }

  @SuppressWarnings("unchecked")
  private static List<Object> list(Object value) {
    need(value instanceof List, "a list is wanted");
    return (List<Object>) value;
  }

  private static String string(Object value) {
    need(value instanceof String && !((String) value).isEmpty(), "a text is wanted");
    return (String) value;
  }

  private static String oneOf(Object value, String... accepted) {
    need(Arrays.asList(accepted).contains(value), "not known: " + value);
    return (String) value;
  }

  private static List<String> names(Object value) {
    List<String> names = new ArrayList<>();
    for (Object name : list(value)) names.add(string(name));
    need(new HashSet<>(names).size() == names.size(), "a name comes twice");
    return names;
  }

  private static double number(Object value) {
    need(value instanceof Double && Double.isFinite((Double) value), "a number is wanted");
    return (Double) value;
  }

  private static int whole(Object value, int least, int most) {
    double number = number(value);
    need(number == Math.rint(number) && number >= least && number <= most, "a whole number is wanted");
    return (int) number;
  }

  private static double[] numbers(Object value, int count, double unit) {
    List<Object> given = list(value);
    need(given.size() == count, "a list is of another length");
    double[] numbers = new double[count];
    for (int at = 0; at < count; at++) {
      double number = number(given.get(at));
      need(number == Math.rint(number), "whole numbers are wanted");
      numbers[at] = number / unit;
    }
    return numbers;
  }

  /** A small strict reader of JSON: objects are maps, lists are lists, numbers are doubles. */
  static final class Json {
    private static final int DEEPEST = 100;
    private final String text;
    private int at;
    private int depth;

    private Json(String text) {
      this.text = text;
    }

    static Object parse(String text) {
      Json reader = new Json(text);
      Object value = reader.value();
      reader.skip();
      reader.check(reader.at == text.length());
      return value;
    }

    private void check(boolean right) {
      if (!right) throw new IllegalArgumentException("this is no JSON, at character " + at);
    }

    private void skip() {
      while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) at++;
    }

    private boolean take(char wanted) {
      skip();
      boolean there = at < text.length() && text.charAt(at) == wanted;
      if (there) at++;
      return there;
    }

    private Object value() {
      skip();
      check(at < text.length() && depth < DEEPEST);
      switch (text.charAt(at)) {
        case '{':
          return map();
        case '[':
          return array();
        case '"':
          return string();
        default:
          return literal();
      }
    }

    private Map<String, Object> map() {
      Map<String, Object> found = new LinkedHashMap<>();
      depth++;
      at++;
      for (boolean first = true; !take('}'); first = false) {
        check(first || take(','));
        skip();
        check(at < text.length() && text.charAt(at) == '"');
        String key = string();
        check(take(':') && !found.containsKey(key));
        found.put(key, value());
      }
      depth--;
      return found;
    }

    private List<Object> array() {
      List<Object> found = new ArrayList<>();
      depth++;
      at++;
      for (boolean first = true; !take(']'); first = false) {
        check(first || take(','));
        found.add(value());
      }
      depth--;
      return found;
    }

    private String string() {
      StringBuilder found = new StringBuilder();
      for (at++; ; at++) {
        check(at < text.length() && text.charAt(at) >= ' ');
        char one = text.charAt(at);
        if (one == '"') {
          at++;
          return found.toString();
        }
        found.append(one == '\\' ? escaped() : one);
      }
    }

    private char escaped() {
      at++;
      check(at < text.length());
      int place = "\"\\/bfnrt".indexOf(text.charAt(at));
      if (place >= 0) return "\"\\/\b\f\n\r\t".charAt(place);
      check(text.charAt(at) == 'u' && at + 4 < text.length());
      String digits = text.substring(at + 1, at + 5);
      check(digits.matches("[0-9A-Fa-f]{4}"));
      at += 4;
      return (char) Integer.parseInt(digits, 16);
    }

    private Object literal() {
      int start = at;
      while (at < text.length() && ",]} \t\r\n".indexOf(text.charAt(at)) < 0) at++;
      String word = text.substring(start, at);
      switch (word) {
        case "true":
          return Boolean.TRUE;
        case "false":
          return Boolean.FALSE;
        case "null":
          return null;
        default:
          check(word.matches("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?"));
          return Double.parseDouble(word);
      }
    }
  }

  // --- from the command line ---

  /** {@code MODEL.json [TEMPERATURE]} answers each line of the input; {@code check VECTORS.json} compares. */
  public static void main(String[] words) throws IOException {
    PrintStream out = new PrintStream(System.out, true, "UTF-8");
    if (words.length == 2 && words[0].equals("check")) {
      double worst = check(object(Json.parse(contentOf(words[1]))));
      out.println("largest difference " + worst);
      System.exit(worst < 1e-9 ? 0 : 1);
    }
    LinearText model = parse(contentOf(words[0]));
    double temperature = words.length > 1 ? Double.parseDouble(words[1]) : 1;
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      List<String> shares = new ArrayList<>();
      for (double share : model.probabilities(line, temperature).values()) shares.add(Double.toString(share));
      out.println(String.join(" ", shares));
    }
  }

  private static String contentOf(String path) throws IOException {
    return new String(Files.readAllBytes(Paths.get(path)), StandardCharsets.UTF_8);
  }

  /** Returns the largest difference between what comes out here and what golden vectors say. */
  static double check(Map<String, Object> told) {
    Map<String, LinearText> models = new HashMap<>();
    object(told.get("models")).forEach((name, model) -> models.put(name, new LinearText(object(model))));
    double temperature = number(told.get("temperature"));
    double worst = 0;
    for (Object each : list(told.get("vectors"))) {
      Map<String, Object> vector = object(each);
      LinearText model = models.get(string(vector.get("model")));
      String text = (String) vector.get("text");
      worst = Math.max(worst, difference(vector.get("logits"), model.logits(text)));
      double[] shares =
          model.probabilities(text, temperature).values().stream().mapToDouble(Double::doubleValue).toArray();
      worst = Math.max(worst, difference(vector.get("probabilities"), shares));
      List<Stage> stages = model.explain(text);
      List<Object> wanted = list(vector.get("stages"));
      if (stages.size() != wanted.size()) return Double.POSITIVE_INFINITY;
      for (int at = 0; at < stages.size(); at++) {
        worst = Math.max(worst, difference(object(wanted.get(at)), stages.get(at)));
      }
    }
    return worst;
  }

  private static double difference(Map<String, Object> wanted, Stage found) {
    List<Object> spans = list(wanted.get("spans"));
    boolean same = spans.size() == found.spans.size() && wanted.get("group").equals(found.group);
    if (!same) return Double.POSITIVE_INFINITY;
    double[] scores = {found.score, found.base};
    double worst = difference(Arrays.asList(wanted.get("score"), wanted.get("base")), scores);
    for (int at = 0; at < spans.size(); at++) {
      List<Object> span = list(spans.get(at));
      Span own = found.spans.get(at);
      same = span.get(2).equals(own.token) && number(span.get(0)) == own.start && number(span.get(1)) == own.end;
      if (!same) return Double.POSITIVE_INFINITY;
      worst = Math.max(worst, Math.abs(number(span.get(3)) - own.value));
    }
    worst = Math.max(worst, difference(object(wanted.get("measures")), found.measures));
    return Math.max(worst, difference(object(wanted.get("rules")), found.rules));
  }

  private static double difference(Map<String, Object> wanted, Collection<Part> found) {
    if (wanted.size() != found.size()) return Double.POSITIVE_INFINITY;
    double worst = 0;
    for (Part part : found) worst = Math.max(worst, Math.abs(number(wanted.get(part.name)) - part.value));
    return worst;
  }

  private static double difference(Object wanted, double[] found) {
    List<Object> numbers = list(wanted);
    double worst = numbers.size() == found.length ? 0 : Double.POSITIVE_INFINITY;
    for (int at = 0; at < found.length; at++) {
      worst = Math.max(worst, Math.abs(number(numbers.get(at)) - found[at]));
    }
    return worst;
  }
}
