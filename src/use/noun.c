/* noun.c - the nouns of an English caption
 *
 * The lists were made from the 2,600 words most frequent in the captions of
 * Flickr8k and of COCO's validation set, which are 96 of 100 of their words.
 */
#include "use/noun.h"

#include "base/text.h"

#include <ctype.h>
#include <string.h>

/* Words of a list are parted by spaces, with one at each end. */

/* Behind these a noun may begin. */
static const char openers[] =
    " a an the this these those his her its their my your our some any many"
    " several few no each every both all another other two three four five"
    " six seven eight nine ten eleven twelve multiple various numerous half"
    " one about above across after against along alongside amid amidst among"
    " amongst around as at atop before behind below beneath beside besides"
    " between beyond by despite down during for from in inside into like"
    " near of off on onto out outside over past per through throughout"
    " toward towards under underneath until up upon via with within without"
    " whose ";
static const char function_words[] =
    " and or nor plus to but so if than then that which who whom what when"
    " where while whilst why how because though although whether i me you he"
    " him she it we us they them himself herself itself themselves myself"
    " yourself one someone somebody something somewhere anyone anything"
    " everyone everything others themself not n't 's s t is are was were be"
    " been being am isnt arent do does did doing done has have had having"
    " will would can could may might must shall should cannot there here now"
    " just only also too very more most much less least even still yet again"
    " almost away back apart aside together else ever never often once twice"
    " already always both either neither such same own rather quite really"
    " etc lot lots bunch kind kinds sort type types variety pair pairs"
    " number set couple group groups piece pieces part parts front side"
    " sides top bottom middle midst edge end ends background foreground"
    " distance direction directions rest way thing things it's its ";
static const char adjectives[] =
    " able aboard abreast adrift adult afar afloat african aged ahead"
    " airborne ajar alike alone amazing american ancient antique arched"
    " armed artificial asian asleep assorted athletic attractive awake"
    " backward backwards bad bald bare barefoot barren beautiful beige big"
    " bigger black blank bleak blond blonde blue blurry bright british broad"
    " broken bronze brown brunette bumpy busy calm careful casual central"
    " cheap checkered chinese choppy circular clean clear close cloudy"
    " cluttered cold colorful colourful comfortable complete cool crazy"
    " curious curly cut cute daily damp dark dead decorative deep delicious"
    " dense different difficult digital dim dirty double downhill downtown"
    " downward dreary dried dry dusty early eastern elaborate elderly"
    " electric electronic elegant else empty english enormous entire"
    " european evil excited extra extreme facial fair fake famous fancy far"
    " fast fat female few final fine first flat floral flowery fluffy foggy"
    " foreign forested formal forward four free french fresh frizzy frozen"
    " full fun funny furry fuzzy general german giant glossy golden good"
    " grassy gray great green grey gross happy hard headfirst heavy high"
    " higher hilly historic homeless homemade hooded hot huge hungry icy"
    " identical ill indian indoor indoors industrial inflatable interesting"
    " inward japanese jumbo khaki large larger last late lavender leafy lean"
    " left lengthy light likely liquid little live local lone lonely long"
    " loose loud low lower lush main major male maroon married massive"
    " matching mature maybe medical medium merry messy metallic mexican mid"
    " midair middle mini mixed modern muddy multi multicolored multiple"
    " murky muscular naked narrow national native natural nearby neat neon"
    " new nice nude numbered obese odd official old older oncoming only open"
    " opposite orange oriental ornate outdoor outdoors outstretched outward"
    " overboard overcast overhead overweight pale parallel partial peaceful"
    " perched perfect perhaps personal pink plaid plain plastic plush pointy"
    " polar polished polka poor portable pretty private professional"
    " propeller protective public purple quick quiet rainy raw ready real"
    " rear recent rectangular red redheaded reflective regular religious"
    " residential rich right ripe rocky romantic rough round royal rural"
    " rustic rusty sad safe sandy second semi senior serious several shaggy"
    " shallow sharp sheer shiny shirtless short shut sick sideways silent"
    " silly silver similar single skinny sleepy slender slim slow small"
    " smaller smart smooth snowy soft solar solid solo special spotless"
    " square stainless steep sticky stormy straight strange striped strong"
    " stylish suburban sunny super surrounding sweet tabby tall taller tan"
    " tasty teal teen teenage thick thin third tidy tight tiny top topless"
    " toppled total traditional tri tropical turquoise twin typical ugly"
    " underneath underwater uneven unique unknown unusual uphill upper"
    " upright upside upward upwards urban used vacant various vast vertical"
    " very vibrant victorian vintage violet visible warm weird western wet"
    " white whole wide wild windy wireless wise wooded wooden worn wrong"
    " yellow yellowish young younger youthful ";
static const char verbs[] =
    " accept add admire allow appear approach arrive ask assist ate attach"
    " attached attempt attend bake become been beg began begin bend bent"
    " bite blew blow born bought bounce bound bow break bring broke brought"
    " build built buy came carry cast catch caught celebrate chase cheer"
    " chew choose chop chose clad clap clean climb clutch collect come"
    " compete consist contain continue converse crash crawl create crouch"
    " cry cuddle cut dangle decorate depict descend dig dine discuss dove"
    " drag draw drawn drew dribble driven drove dry eat eaten embrace emerge"
    " enjoy enter examine exit extend fall fallen feature fed feed fell"
    " fetch fill fix flew flown fly fold follow form forms found gather gave"
    " gaze get gets give given glide go gone got grab grasp graze greet grew"
    " grin grind grow grown hang happen have hear held help hidden hide hit"
    " hung hurt include inspect interact join juggle keep kept kneel knelt"
    " know laid lain launch lay lead lean learn leave led left let let's"
    " lick lie like listen lit lost lounge lunge made maintain make march"
    " meant meet met move need observe offer overlook paid participate pay"
    " peek peer perch pet pick pour prepare pretend propped protect pull"
    " push put raise ran read receive recline reflect relax remove retrieve"
    " return reveal ridden roam rode rush said sat saw say scream see seem"
    " seen sell send sent set shake shaped share shine shoot shot shown sing"
    " sit sized slept slid smell smoke snack sniff soar speak speed spend"
    " spent spin spread sprint spun squat squint stack stare start stay"
    " steal stick stir stood struggle stuck surround swam swung take taken"
    " taste taught teach tear tell tend test think threw throw thrown told"
    " took torn toss touch travel trot try tug use wade wander want wear"
    " went won wore worn woven wrap wrestle written wrote yell ";
/* Either is said in captions; a place in a phrase decides. */
static const char either[] =
    " act balance bark bat block boogie brush carve check comb cook cover"
    " cross crowd cruise dance display dive dock drill drive exercise fight"
    " flip float glow golf group guide hike hold hook hop hug hurdle jog"
    " jump kayak kick kiss lap laugh leap lift line load look loop mark"
    " mount nap pack paddle parade pass peak pedal perform picnic pile pilot"
    " pitch play plow point pose post practice race raft rally reach rest"
    " ride roll row run sail sample serve shade show signal skate ski skip"
    " sleep slice slide smile splash spot spray stand star steer step stop"
    " stretch stroll stunt surf swim swing tackle talk tap tie trip turn"
    " vault view visit volley wait walk wash watch wave whip work yawn ";
/* Nouns that end as those that are none. */
static const char nouns[] =
    " ally assembly awning bed bedding belly bing bobsled boxing breed"
    " building bully butterfly ceiling clearing clothing dragonfly drawing"
    " duckling dwelling earring earrings evening family feed filling"
    " flooring frosting hundred icing intersection jelly king lettering"
    " lightning lily moped morning netting offspring painting paneling"
    " parking ping plumbing pudding railing railings reed rigging ring"
    " scaffolding seed shed sibling siblings sled sling speed spring steed"
    " stocking stockings string thing topping toppings trolley tweed viking"
    " wedding weed wing wings ";

struct irregular {
    const char *plural, *singular;
};
static const struct irregular irregular[] = {
    { "men", "man" }, { "women", "woman" }, { "children", "child" },
    { "people", "person" }, { "feet", "foot" }, { "teeth", "tooth" },
    { "geese", "goose" }, { "mice", "mouse" }, { "wolves", "wolf" },
    { "leaves", "leaf" }, { "shelves", "shelf" }, { "knives", "knife" },
    { "loaves", "loaf" }, { "calves", "calf" }, { "scarves", "scarf" },
    { "halves", "half" }, { "wives", "wife" }, { "policemen", "policeman" },
    { "firemen", "fireman" }, { "snowmen", "snowman" },
    { "fishermen", "fisherman" }, { "businessmen", "businessman" },
    { "businesswomen", "businesswoman" }, { "gentlemen", "gentleman" },
    { "servicemen", "serviceman" }, { "grandchildren", "grandchild" },
    { "cookies", "cookie" }, { "movies", "movie" }, { "selfies", "selfie" },
    { "ties", "tie" }, { "pies", "pie" }, { "veggies", "veggie" },
    { "smoothies", "smoothie" }, { "hoodies", "hoodie" },
    { "zombies", "zombie" }, { "brownies", "brownie" },
    { "horses", "horse" }, { "houses", "house" }, { "vases", "vase" },
    { "noses", "nose" }, { "roses", "rose" }, { "purses", "purse" },
    { "hoses", "hose" }, { "cases", "case" }, { "suitcases", "suitcase" },
    { "bookcases", "bookcase" }, { "greenhouses", "greenhouse" },
    { "blouses", "blouse" }, { "courses", "course" }, { "cheeses", "cheese" },
    { "nurses", "nurse" }, { "bases", "base" }, { "racehorses", "racehorse" },
    { "axes", "axe" }, { "shoes", "shoe" }, { "canoes", "canoe" },
    { "toes", "toe" }, { "horseshoes", "horseshoe" }, { "heroes", "hero" },
    { "potatoes", "potato" }, { "tomatoes", "tomato" },
    { "mosquitoes", "mosquito" }, { "buses", "bus" },
    { "buffaloes", "buffalo" },
};

/* Said as they are of one and of many, or no plurals at all. */
static const char unchanged[] =
    " athletics atlas binoculars bleachers bus canvas chaos christmas"
    " clothes electronics eyeglasses gas glasses goggles gymnastics"
    " headphones headquarters hippopotamus jeans leggings lens news outdoors"
    " overalls pajamas pancreas pants pliers rhinoceros scissors series"
    " sheep shorts skis species sports stairs sunglasses suspenders tennis"
    " thermos tights tongs trousers tweezers utensils woods ";

static bool has(const char *list, const char *word, size_t n)
{
    const char *at = list;

    while ((at = strchr(at, ' ')) && at[1]) {
        at++;
        if (!strncmp(at, word, n) && at[n] == ' ')
            return true;
    }
    return false;
}

static bool ends(const char *word, size_t n, const char *end)
{
    size_t k = strlen(end);

    return n > k && !memcmp(word + n - k, end, k);
}

bool ch_noun_is_function(const char *word, size_t n)
{
    return (n == 1 && isalpha((unsigned char)*word)) ||
           has(openers, word, n) || has(function_words, word, n);
}

static size_t cut(const char *word, size_t n, const char *end, char *out)
{
    memcpy(out, word, n);
    memcpy(out + n, end, strlen(end) + 1);
    return n + strlen(end);
}

size_t ch_noun_singular(const char *word, size_t n, char *out)
{
    for (size_t i = 0; i < sizeof irregular / sizeof *irregular; i++)
        if (strlen(irregular[i].plural) == n &&
            !memcmp(irregular[i].plural, word, n))
            return cut(irregular[i].singular, strlen(irregular[i].singular),
                       "", out);
    if (n < 4 || word[n - 1] != 's' || ends(word, n, "ss") ||
        ends(word, n, "us") || ends(word, n, "is") ||
        has(unchanged, word, n))
        return cut(word, n, "", out);
    if (ends(word, n, "ies") && n > 4)
        return cut(word, n - 3, "y", out);
    if (ends(word, n, "ches") || ends(word, n, "shes") ||
        ends(word, n, "sses") || ends(word, n, "xes") ||
        ends(word, n, "zzes"))
        return cut(word, n - 2, "", out);
    return cut(word, n - 1, "", out);
}

/* A verb as it is, with -s or with -es. */
static bool is_form_of(const char *list, const char *word, size_t n)
{
    char stem[CH_NOUN_BYTES];

    if (has(list, word, n))
        return true;
    if (word[n - 1] != 's')
        return false;
    return has(list, stem, ch_noun_singular(word, n, stem)) ||
           (ends(word, n, "es") && has(list, word, n - 2));
}

enum place { ELSEWHERE, OPEN, BEHIND_NOUN };

/* Is the word a noun, and where is the next one? */
static bool is_noun(const char *word, size_t n, enum place *place)
{
    enum place was = *place;

    *place = ELSEWHERE;
    if (n >= CH_NOUN_BYTES || isdigit((unsigned char)word[0]))
        return false;
    if (has(openers, word, n)) {
        *place = OPEN;
        return false;
    }
    if (n == 1 || has(function_words, word, n))
        return false;
    if (has(adjectives, word, n)) {
        *place = was == BEHIND_NOUN ? ELSEWHERE : was;
        return false;
    }
    if (is_form_of(either, word, n)) {
        if (was != OPEN)
            return false;
    } else if (!has(nouns, word, n)) {
        if (is_form_of(verbs, word, n))
            return false;
        if (ends(word, n, "ing") || ends(word, n, "ed")) {
            /* "a smiling woman": still before the noun. */
            *place = was == OPEN ? OPEN : ELSEWHERE;
            return false;
        }
        if (ends(word, n, "ly"))
            return false;
    }
    *place = BEHIND_NOUN;
    return true;
}

/* Is it among the words of the list, which begins at `from`? */
static bool is_there(const struct ch_buffer *list, size_t from,
                     const char *word, size_t n)
{
    const char *at = list->at ? list->at + from : "", *other;
    size_t m;

    while (ch_text_word(&at, &other, &m))
        if (m == n && !memcmp(other, word, n))
            return true;
    return false;
}

void ch_noun_put(const char *caption, struct ch_buffer *out)
{
    size_t from = out->size, n;
    enum place place = ELSEWHERE;
    const char *word;

    while (ch_text_word(&caption, &word, &n)) {
        char noun[CH_NOUN_BYTES + 2];
        size_t length;

        if (!is_noun(word, n, &place))
            continue;
        length = ch_noun_singular(word, n, noun);
        if (is_there(out, from, noun, length))
            continue;
        if (out->size > from)
            ch_buffer_text(out, " ");
        ch_buffer_put(out, noun, length);
    }
    ch_buffer_put(out, "", 0);
}
