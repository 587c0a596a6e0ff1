"""CVs in the form of jsonresume.org: a full one, and one as sloppy as people export them."""

import json

from tests.unit.sourcing.read_cvs.sample import Sample, Says

DESIGNER = {
    "$schema": "https://raw.githubusercontent.com/jsonresume/resume-schema/v1.0.0/schema.json",
    "basics": {
        "name": "Ottoline Marsh",
        "label": "Product Designer",
        "image": "https://example.org/face.png",
        "email": "ottoline@example.org",
        "phone": "+44 555 0133",
        "summary": "Designer of medical devices and of the screens on them.",
        "location": {"address": "2 Mill Lane", "postalCode": "CB1 2AB", "city": "Cambridge", "countryCode": "GB"},
    },
    "work": [
        {
            "name": "Fenland Devices",
            "position": "Senior Product Designer",
            "startDate": "2020-04-01",
            "summary": "Leads design of infusion pumps.",
            "highlights": ["Design system in Figma", "Usability testing with nurses"],
        },
        {
            "name": "Blythe - Studio",
            "position": "Designer",
            "startDate": "2016-09",
            "endDate": "2020-03",
            "highlights": [],
        },
    ],
    "volunteer": [
        {"organization": "Repair Cafe", "position": "Helper", "startDate": "2018-01-01", "summary": "Mends."}
    ],
    "education": [
        {
            "institution": "Royal College of Art",
            "area": "Design Products",
            "studyType": "MA",
            "startDate": "2014",
            "endDate": "2016",
        }
    ],
    "certificates": [{"name": "CPUX-F", "date": "2019-05-02", "issuer": "UXQB"}],
    "skills": [{"name": "Design", "level": "Master", "keywords": ["Figma", "Prototyping"]}],
    "languages": [{"language": "English", "fluency": "Native speaker"}, {"language": "French", "fluency": "B1"}],
}

SLOPPY = {
    "basics": {"name": None, "label": 7, "summary": ["no"]},
    "work": [
        None,
        {
            "company": "Granja Solar",
            "position": "Field Technician",
            "startDate": "2021",
            "endDate": "",
            "highlights": "none",
        },
        {"position": "Helper", "startDate": 2019},
    ],
    "languages": [{"language": "Spanish"}, "English"],
}

RESUMES = [
    Sample(
        "designer.json",
        json.dumps(DESIGNER, indent=2).encode(),
        Says(
            years=10.2,
            positions=(
                "Senior Product Designer | Fenland Devices | 2020-04 | now",
                "Designer | Blythe | 2016-09 | 2020-03",
            ),
            languages={"English": "native", "French": "B1"},
            education=("MA Design Products | Royal College of Art | 2016",),
            certificates=("CPUX-F",),
            headline="Product Designer",
            summary="Designer of medical devices",
            never=("Ottoline", "0133", "Mill Lane", "face.png"),
        ),
    ),
    Sample(
        "technician.json",
        b"\xef\xbb\xbf" + json.dumps(SLOPPY).encode(),
        Says(
            years=5.8,
            positions=("Field Technician | Granja Solar | 2021 | now",),
            languages={"Spanish": None},
        ),
    ),
]
