/* ptb_rules.c - what the tokeniser takes for one token
 *
 * The rules of the PTB tokeniser that coco-caption runs, in its order.  They
 * were found by what it does: each is a shape of text, and the order matters
 * only where two shapes are equally long.
 */
#include "score/ptb_rules.h"

#include <stddef.h>

/* Units of UTF-16 that C cannot write: U+0091 to U+0097 are the quotes and
 * dashes of Windows, taken for what they were meant to be. */
const struct ch_ptb_part ch_ptb_parts[] = {
    { "space", "[ \\t\\u00a0\\u2000-\\u200a\\u3000]" },
    { "line", "\\r\\n | [\\r\\n\\u000b\\f\\u0085\\u2028\\u2029]" },
    { "white", "{space} | {line}" },

    /* Letters, also spelt &eacute; and so on, and words. */
    { "letter", "[[:letter:][:mark:]] | &[aeiouAEIOU](acute|grave|uml);" },
    { "digit", "[[:digit:]]" },
    { "more", "({letter} | {digit})*" },
    { "word", "{letter}{more} ([.!?]{letter}{more})*" },
    { "plain", "[[:letter:][:digit:]]" },
    { "alnum", "[A-Za-z0-9]" },

    { "apos", "['\\u0092\\u2019] | &apos;" },
    { "quote", "{apos} | [`\\u0091\\u2018\\u201b]" },
    { "hyphen", "[-_\\u058a\\u2010\\u2011]" },
    { "pause", "[,;:\\u3001]" },

    /* What a verb may lose its beginning to: 's, 've, n't. */
    { "suffix", "{apos}([mMsSdD]|re|ve|ll)" },
    { "not", "n{quote}t" },

    /* U.S., p.m., and the first letter of a name. */
    { "nation", "(Canada|Sino|Korean|EU|Japan|non)-U\\.S | "
                "U\\.S\\.-U\\.K | U\\.S\\.-U\\.S\\.S\\.R" },
    { "initials", "[A-Za-z](\\.[A-Za-z])* | {nation}" },
    { "acronym", "[A-Za-z](\\.[A-Za-z])+ | {nation}" },

    { "name", "[A-Za-z][A-Za-z0-9_:.-]*" },
    { "value", "'[^']*' | \"[^\"]*\"" },
    { "tag", "<([!?][A-Za-z-][^>\\r\\n]* | /{name} | "
             "{name}(\\ +{name}(\\ *=\\ *({value}))?)*\\ */?)\\ *>" },

    /* What a sentence after "p.m." begins with. */
    { "opener",
      "[A](bout|ccording|dditionally|fter|n|s|t)? | [B]ut | [E]arlier | "
      "[H](e|er|ere|owever) | [I](f|n|t) | [L]ast | [M](any|ore|r\\.|s\\.) | "
      "[N]ow | [O](nce|ne|ther|ur) | [S](he|ince|o|ome|uch) | "
      "[T](hat|he|heir|hen|here|hese|hey|his) | [W](e|hen|hile|hat) | "
      "[Y](et|ou)" },

    { "month", "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec" },
    { "day", "Mon|Tues?|Wed|Thu|Thurs|Fri" },
    { "state",
      "Ala|Ariz|[A]z|[A]rk|Calif|Colo|Conn|Ct|Dak|[D]el|Fla|Ga|[I]ll|Ind|"
      "Kans?|Ky|[L]a|[M]ass|Md|Mich|Minn|[M]iss|Mo|Mont|Neb|Nev|Okla|[O]re|"
      "[P]a|Penn|Tenn|[T]ex|Va|Vt|[W]ash|Wisc?|Wyo" },
    { "company", "Inc|Cos?|Corp|Pp?t[ye]s?|Ltd|Plc|Rt|Bancorp|Bhd|Assn|"
                 "Univ|Intl|Sys" },
    /* Abbreviations that may end a sentence, and those that do not. */
    { "ender", "{month} | {day} | {state} | {company} | tel|est|ext|sq | "
               "Jr|Sr|Bros|Ed\\.D|Ph\\.D|Blvd|Rd|Esq | etc|al|seq|Bldg" },
    { "title",
      "Mrs?|Ms|[M]iss|Drs?|Profs?|Sens?|Reps?|Attys?|Lt|Col|Gen|Messrs|Govs?|"
      "Adm|Rev|Maj|Sgt|Cpl|Pvt|Capt|Ste?|Ave|Pres|Lieut|Hon|Brig|Cmdr|Comdr|"
      "Pfc|Spc|Supts?|Det|Mt|Ft|Adj|Adv|Asst|Assoc|Ens|Insp|Mlle|Mme|Msgr|"
      "Sfc" },
    { "starter", "{title} | vs|Alex|Wm|Jos|Cie|a\\.k\\.a|cf|TREAS|Ph | "
                 "Invt|Elec|Natl|M[tf]g|Dept" },

    /* Addresses. */
    { "url", "[^ \\t\\n\\r\\f\"<>|(){}]" },
    { "urlend", "[^ \\t\\n\\r\\f\"<>|(){}.!?,-]" },
    { "path", "/[^ \\t\\n\\r\\f\"<>|()]+"
              "[^ \\t\\n\\r\\f\"<>|(){}.!?,-]" },
    { "label", "[^ \\t\\n\\r\\f\"<>|(){}.,!?]+" },
    { "bare", "[^ \\t\\n\\r\\f\"`'<>|,-_(){}$!]+" },
    { "mail", "{alnum}[^ \\t\\n\\r\\f\"<>|(){}\\u00a0]*@"
              "([^ \\t\\n\\r\\f\"<>|(){}.\\u00a0]+\\.)*"
              "[^ \\t\\n\\r\\f\"<>|(){}.\\u00a0]+" },

    { "extension",
      "bat|bmp|c|class|cgi|cpp|dll|doc|docx|exe|gif|gz|h|htm|html|jar|java|"
      "jpeg|jpg|mov|mp3|pdf|php|pl|png|ppt|ps|py|sql|tar|txt|wav|x|xml|zip" },

    { "gap", "[-\\ \\u00a0]" },
    { "area", "\\([0-9]{2,3}\\)[\\ \\u00a0]? | "
              "(\\+\\+?)?([0-9]{2,4}{gap})?[0-9]{2,4}{gap}" },
    { "phone", "{area}[0-9]{3,4}{gap}?[0-9]{3,5} | "
               "((\\+\\+?)?[0-9]{2,4}\\.)?[0-9]{2,4}\\.[0-9]{3,4}\\."
               "[0-9]{3,5}" },

    { "part", "{alnum}+(-[A-Za-z]+){0,2}" },
    { "hyphenated", "{alnum}({alnum}|[.,\\u00ad])*"
                    "(-([A-Za-z0-9\\u00ad]+ | {acronym}\\.))+" },
    { "group", "([dDoOlL]{quote}{plain})?{plain}+" },
    { "thing", "{group}({hyphen}{group})*" },
    { "firm", "[A-Z]+(([+&]|&amp;)[A-Z]+)+" },
    { "quot", "&[q][u][o][t];" },
    { "eye", "[\\^x=~<>]" },
    { "look", "[\\^x=~<>'-]" },
    { 0 }
};

const struct ch_ptb_rule ch_ptb_rules[] = {
    { .take = "c\\+\\+ | [cCfF]#" },
    { .take = "cannot | 'twas", .back = 3 },
    { .take = "'tis | gonna | gotta | lemme | gimme | wanna", .back = 2 },
    { .take = "{tag}", .change = CH_PTB_FIXED_SPACE },
    { .take = "[\\u0096\\u0097\\u2013-\\u2015] | &(MD|mdash|ndash);",
      .say = "--" },
    { .take = "&amp;", .say = "&" },
    { .take = "&(HT|TL|UR|LR|QC|QL|QR|odq|cdq|#[0-9]+);" },

    /* Words, and verbs that lost a beginning. */
    { .take = "{word}", .ahead = "{suffix}", .change = CH_PTB_SOFT },
    { .take = "[A-Za-z\\u00ad]*[A-MO-Za-mo-z]\\u00ad*", .ahead = "{not}",
      .change = CH_PTB_SOFT },
    { .take = "{word}", .change = CH_PTB_SOFT },
    { .take = "{apos}n{apos}? | [lLdDjJ]{apos} | (dunkin|somethin|ol){apos} | "
              "{apos}em | [A-HJ-XZn]{quote}[[:letter:]]{2,} | {apos}[2-9]0s | "
              "{apos}till? | [[:letter:]]+[aeiouyAEIOUY]{quote}[aeiouA-Z]"
              "[[:letter:]]* | {apos}cause | cont'd\\.? | 'twas | nor'easter | "
              "c'mon | e'er | s'mores | ev'ry | li'l | nat'l | o{quote}o" },
    { .take = "y{apos}", .ahead = "[[:letter:]]" },

    /* Addresses. */
    { .take = "https?://{url}+{urlend}" },
    { .take = "www\\.({label}\\.)+[A-Za-z]{2,4}{path}? | "
              "({bare}\\.)+(com|net|org|edu){path}?" },
    { .take = "(<|&lt;)?{mail}(>|&gt;)?" },
    { .take = "@[A-Za-z_][A-Za-z0-9_]* | #{letter}+" },

    { .take = "{suffix}", .ahead = "[^A-Za-z]", .change = CH_PTB_QUOTE },
    { .take = "{not}", .ahead = "[^A-Za-z]", .change = CH_PTB_QUOTE },

    /* Numbers. */
    { .take = "{digit}{1,2}[-/]{digit}{1,2}[-/]{digit}{2,4}" },
    { .take = "[-+]?({digit}+ | {digit}*([.:,\\u00ad\\u066b\\u066c]{digit}+)+)",
      .change = CH_PTB_SOFT },
    { .take = "[\\u207a\\u207b\\u208a\\u208b]?"
              "([\\u2070\\u00b9\\u00b2\\u00b3\\u2074-\\u2079]+ | "
              "[\\u2080-\\u2089]+)" },
    { .take = "({digit}{1,4}[- \\u00a0])?"
              "{digit}{1,4}(\\\\?/|\\u2044){digit}{1,4}",
      .change = CH_PTB_FIXED_SPACE },
    { .take = "\\u00bc", .say = "1/4" },
    { .take = "\\u00bd", .say = "1/2" },
    { .take = "\\u00be", .say = "3/4" },
    { .take = "\\u2153", .say = "1/3" },
    { .take = "\\u2154", .say = "2/3" },
    { .take = "[\\u2155-\\u215e]" },

    { .take = "-(L|R)(R|C|S)B- | C\\.D\\.s | pro- | anti- | S(&|&amp;)P-500 | "
              "S(&|&amp;)Ls | cap{apos}n | c{apos}est",
      .change = CH_PTB_AMPERSAND },
    { .take = "{part}(\\\\?/{part}){1,2}" },
    { .take = "[A-Z]*\\$ | #" },
    { .take = "\\u00a2", .say = "cents" },
    { .take = "\\u00a3", .say = "#" },
    { .take = "[\\u0080\\u00a4\\u20a0\\u20ac]", .say = "$" },
    { .take = "[\\u00a5\\u20a4\\u060b\\u0e3f\\uffe0\\uffe1\\uffe5\\uffe6]" },

    /* Abbreviations: does the dot end the sentence, too? */
    { .take = "[A-Za-z]\\.", .ahead = "{white}+({opener}|{tag}){white}",
      .back = 1 },
    { .take = "{initials}\\.", .ahead = "{white}+({opener}|{tag}){white}",
      .change = CH_PTB_AGAIN, .back = 1 },
    { .take = "(ca|fig|figs|prop|no|nos|art|bldg|pp|op)\\.",
      .ahead = "{white}?{digit}" },
    { .take = "(pty|pte|co)\\.", .ahead = "{space}(ltd|lim)" },
    { .take = "{ender}\\.", .ahead = "{white}({white}|[[:capital:]]|{tag})",
      .change = CH_PTB_AGAIN, .back = 1 },
    { .take = "{ender}\\.", .ahead = "[^][^]" },
    { .take = "{ender}\\.", .change = CH_PTB_AGAIN, .back = 1 },
    { .take = "({starter}|{initials})\\." },
    { .take = "{starter}|{initials}", .ahead = "{space}" },
    { .take = "{initials}", .ahead = "{white}" },
    { .take = "{apos}[0-9]{2}", .ahead = "{white}" },
    { .take = "({letter}|{digit})+(\\.({letter}|{digit})+)*\\.{extension}",
      .ahead = "{white}|[.?!,]" },
    { .take = "{word}\\.", .ahead = "{pause}", .change = CH_PTB_SOFT },
    { .take = "{phone}", .change = CH_PTB_FIXED_SPACE | CH_PTB_BRACKET },

    /* Quotes, brackets and marks. */
    { .take = "\" | {quot}", .ahead = "[A-Za-z0-9$]", .say = "``" },
    { .take = "\" | {quot}", .say = "''" },
    { .take = "&quot;" },       /* in capitals it stays */
    { .take = "< | &lt;", .say = "<" },
    { .take = "> | &gt;", .say = ">" },
    { .take = "[<>]?[:;=][-o*']?[()DPdpO\\\\{@|\\[\\]]",
      .ahead = "[^A-Za-z0-9]", .change = CH_PTB_BRACKET },
    { .take = "{look}_{look} | \\({look}[_.]?{look}\\) | "
              "\\([\\^x=~<>']-[\\^x=~<>'`]\\) | {eye}\\.\\[\\^x=[^<]*<>\\]",
      .change = CH_PTB_BRACKET },
    { .take = "\\{", .say = "-lcb-" },
    { .take = "\\}", .say = "-rcb-" },
    { .take = "\\[", .say = "-lsb-" },
    { .take = "\\]", .say = "-rsb-" },
    { .take = "\\(", .say = "-lrb-" },
    { .take = "\\)", .say = "-rrb-" },
    { .take = "-{3,4}", .say = "--" },
    { .take = "-+" },
    { .take = "\\.{3,5} | \\.([\\ \\u00a0]\\.){2,4} | [\\u0085\\u2026]",
      .say = "..." },
    { .take = "@+ | #+ | _+ | \\*+ | (\\\\\\*){1,3}" },
    { .take = "{pause} | [?!]+ | "
              "[.\\u00a1\\u00bf\\u037e\\u0589\\u061f\\u06d4\\u0700-\\u0702"
              "\\u07fa\\u3002] | = | /" },

    /* What hyphens and ampersands hold together. */
    { .take = "{hyphenated}\\.", .ahead = "{pause}", .change = CH_PTB_SOFT },
    { .take = "{hyphenated}", .change = CH_PTB_SOFT },
    { .take = "{thing}\\.", .ahead = "{pause}" },
    { .take = "{thing}" },
    { .take = "{firm}\\.", .ahead = "{pause}", .change = CH_PTB_AMPERSAND },
    { .take = "{firm}", .change = CH_PTB_AMPERSAND },

    { .take = "'", .ahead = "[A-Za-z][^ \\t\\r\\n\\u00a0]", .say = "`" },
    { .take = "{suffix}", .change = CH_PTB_QUOTE },
    { .take = "{not}", .change = CH_PTB_QUOTE },
    { .take = "{apos} | '' | [`\\u0091-\\u0094\\u00ab\\u00bb\\u2018-\\u201f"
              "\\u2039\\u203a]{1,2}",
      .change = CH_PTB_QUOTE },
    { .take = "<< | >>" },
    { .take = "[+%&~\\^|\\\\\\u00a6-\\u00a9\\u00ac\\u00ae\\u00af\\u00b0-\\u00ba"
              "\\u00d7\\u00f7\\u0387\\u05be\\u05c0\\u05c3\\u05c6\\u05f3\\u05f4"
              "\\u0600-\\u0603\\u0606-\\u060a\\u060c\\u0614\\u061b\\u061e"
              "\\u066a\\u066d\\u0703-\\u070d\\u07f6-\\u07f8\\u0964\\u0965"
              "\\u0e4f\\u1fbd\\u2016\\u2017\\u2020-\\u2023\\u2030-\\u2038"
              "\\u203b\\u203e-\\u2042\\u2044\\u207a-\\u207e\\u208a-\\u208e"
              "\\u2100-\\u214f\\u2190-\\u2bff\\u3012\\u30fb\\uff01-\\uff0f"
              "\\uff1a-\\uff20\\uff3b-\\uff40\\uff5b-\\uff65]" },
    { .take = "{space}+ | [\\u200b\\u200e\\u200f\\ufeff\\u007f] | &nbsp;",
      .change = CH_PTB_SILENT },
    { .take = "{line}", .change = CH_PTB_LINE },
    { 0 }
};
