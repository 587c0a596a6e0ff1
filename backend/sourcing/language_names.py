"""Names of spoken languages, and words for how well somebody speaks one, in the languages in which CVs are written."""

import unicodedata

ENGLISH_NAMES = (
    "Afrikaans|Akan|Albanian|Amharic|Arabic|Armenian|Assamese|Azerbaijani|Bambara|Basque|Belarusian|Bengali|Berber|"
    "Bosnian|Breton|Bulgarian|Burmese|Cantonese|Catalan|Cebuano|Chinese|Cornish|Croatian|Czech|Danish|Dari|"
    "Dutch|English|"
    "Esperanto|Estonian|Farsi|Filipino|Finnish|Flemish|French|Frisian|Fula|Galician|Georgian|German|Greek|Gujarati|"
    "Haitian Creole|Hausa|Hebrew|Hindi|Hungarian|Icelandic|Igbo|Indonesian|Irish|Italian|Japanese|Javanese|Kannada|"
    "Kazakh|Khmer|Kinyarwanda|Korean|Kurdish|Kyrgyz|Lao|Latin|Latvian|Lingala|Lithuanian|Luxembourgish|Macedonian|"
    "Malagasy|Malay|Malayalam|Maltese|Mandarin|Maori|Marathi|Moldovan|Mongolian|Nepali|Norwegian|Oromo|Pashto|Persian|"
    "Polish|Portuguese|Punjabi|Quechua|Romanian|Romansh|Russian|Samoan|Scottish Gaelic|Serbian|Sesotho|Shona|"
    "Sign Language|Sindhi|Sinhala|Slovak|Slovene|Slovenian|Somali|Spanish|Sundanese|Swahili|Swedish|Tagalog|"
    "Tajik|Tamil|"
    "Tatar|Telugu|Thai|Tibetan|Tigrinya|Tswana|Turkish|Turkmen|Twi|Ukrainian|Urdu|Uzbek|Vietnamese|Welsh|Wolof|Xhosa|Yiddish|"
    "Yoruba|Zulu"
)

OTHER_NAMES: dict[str, str] = {
    "Albanian": "albanisch|albanais|albanés|albanese|albanês|albanees",
    "Arabic": "arabisch|arabe|árabe|arabo",
    "Basque": "baskisch|euskera",
    "Bosnian": "bosnisch|bosniaque|bosnio|bosniaco",
    "Bulgarian": "bulgarisch|bulgare|búlgaro|bulgaro|bulgaars",
    "Catalan": "katalanisch|catalán|català|catalano|catalão|catalaans",
    "Chinese": "chinesisch|chinois|chino|cinese|chinês|chinees",
    "Croatian": "kroatisch|croate|croata|croato",
    "Czech": "tschechisch|tchèque|checo|ceco|tcheco|tsjechisch|czeski",
    "Danish": "dänisch|danois|danés|danese|dinamarquês|deens",
    "Dutch": "niederländisch|néerlandais|neerlandés|holandés|olandese|holandês|neerlandês|nederlands|niderlandzki",
    "English": "englisch|anglais|inglés|inglese|inglês|engels|angielski",
    "Estonian": "estnisch|estonien",
    "Finnish": "finnisch|finnois|finlandés|finés|finlandese|finlandês|fins",
    "French": "französisch|français|francés|francese|francês|frans|francuski",
    "German": "deutsch|allemand|alemán|tedesco|alemão|duits|niemiecki",
    "Greek": "griechisch|grec|griego|greco|grego|grieks",
    "Hebrew": "hebräisch|hébreu|hebreo|ebraico|hebraico",
    "Hungarian": "ungarisch|hongrois|húngaro|ungherese|hongaars",
    "Icelandic": "isländisch|islandais",
    "Italian": "italienisch|italien|italiano|italiaans|włoski",
    "Japanese": "japanisch|japonais|japonés|giapponese|japonês|japans",
    "Korean": "koreanisch|coréen|coreano",
    "Kurdish": "kurdisch|kurde",
    "Latvian": "lettisch|letton",
    "Lithuanian": "litauisch|lituanien",
    "Macedonian": "mazedonisch|macédonien",
    "Norwegian": "norwegisch|norvégien|noruego|norvegese|norueguês|noors|norweski",
    "Persian": "persisch|persan",
    "Polish": "polnisch|polonais|polaco|polacco|polonês|pools|polski",
    "Portuguese": "portugiesisch|portugais|portugués|portoghese|português|portugees|portugalski",
    "Romanian": "rumänisch|roumain|rumano|rumeno|romeno|roemeens",
    "Russian": "russisch|russe|ruso|russo|rosyjski",
    "Serbian": "serbisch|serbe|serbio|serbo",
    "Slovak": "slowakisch|slovaque|eslovaco|slovacco|słowacki",
    "Slovenian": "slowenisch|slovène|esloveno|sloveno",
    "Spanish": "spanisch|espagnol|español|castellano|castilian|spagnolo|espanhol|spaans|hiszpański",
    "Swedish": "schwedisch|suédois|sueco|svedese|zweeds|szwedzki",
    "Turkish": "türkisch|turc|turco|turks",
    "Ukrainian": "ukrainisch|ukrainien|ucraniano|ucraino|ukraiński",
    "Maori": "te reo māori|māori|te reo",
    "Xhosa": "isixhosa",
    "Zulu": "isizulu",
    "Tswana": "setswana",
    "Swahili": "kiswahili",
    "Vietnamese": "vietnamesisch|vietnamien",
}

LEVELS: dict[str, str] = {
    "native": r"(?:near[- ])?native(?: speaker| language| proficiency)?|mother[- ]tongue(?:\(s\))?|first language|"
    r"bilingual(?: proficiency)?|muttersprach(?:e|ler|lerin|lich)|erstsprache|zweisprachig|"
    r"langue maternelle|maternelle?|bilingue|nativ[oa]s?|lengua materna|bilingüe|madrelingua|língua materna|moedertaal|"
    r"ojczyst[ya]|język ojczysty",
    "fluent": r"(?:business[- ])?fluent(?:ly)?|fluency|full professional(?: proficiency)?|proficient|"
    "very good|excellent|"
    r"near fluent|perfect|verhandlungssicher(?:e[snmr]?)?|flie(?:ß|ss)end(?:e[snmr]?)?|sehr gut(?:e[snmr]?)?|"
    r"ausgezeichnet(?:e[snmr]?)?|couramment|courante?|très bon(?:ne)?|fluid[oa]|muy alto|fluente|ottim[oa]|vloeiend|"
    r"uitstekend|biegł[yae]|biegle|płynn[yie]+|bardzo dobr[ya]",
    "professional": r"professional(?: working)?(?: proficiency)?|working proficiency|advanced|good(?: command)?|"
    r"working knowledge|business|competent|gut(?:e[snmr]?)?|fortgeschritten(?:e[snmr]?)?|professionnel(?:le)?|avancée?|"
    r"bonne?|avanzad[oa]|alto|buon[oa]|avanzat[oa]|avançad[oa]|goed|zaawansowan[ya]|dobr[ya]",
    "intermediate": r"limited working(?: proficiency)?|upper[- ]intermediate|pre[- ]intermediate|intermediate|"
    r"conversational|moderate|fair|konversationssicher|mittelstufe|intermédiaire|moyen(?:ne)?|intermedi[oa]|medio|"
    r"discret[oa]|intermediári[oa]|redelijk|gemiddeld|"
    r"średnio ?zaawansowan[ya]|komunikatywn[yia]+",
    "basic": r"basics?|beginner|elementary(?: proficiency)?|rudimentary|limited|school level|notions?|"
    r"grundkenntnisse|schulkenntnisse|anfänger(?:in)?|débutante?|scolaire|élémentaire|básic[oa]|principiante|"
    r"scolastic[oa]|elementare|basis|"
    r"podstawow[ya]",
}
"""Words for levels, best first; CEFR levels (A1 to C2) are kept as they are."""


def plain(name: str) -> str:
    """A name as it is compared: small, without accents, in single spaces."""
    bare = "".join(each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each))
    return " ".join(bare.casefold().split())


NAME_OF = {plain(name): name for name in ENGLISH_NAMES.split("|")} | {
    plain(written): name for name, names in OTHER_NAMES.items() for written in names.split("|")
}
"""The English name of each."""
EVERY_NAME = "|".join(
    sorted([*ENGLISH_NAMES.split("|"), *"|".join(OTHER_NAMES.values()).split("|")], key=len, reverse=True)
)
